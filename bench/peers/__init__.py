"""Other chat servers, as small as they can be, to be measured in the same run as Hubbub."""
