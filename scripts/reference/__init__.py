"""How the reference in docs/ is made: words that no docstring holds, and structs as tables and as AsyncAPI."""
