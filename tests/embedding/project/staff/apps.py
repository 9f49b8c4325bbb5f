from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "staff"

    def ready(self):
        from hubbub import slash  # late: it needs the models

        @slash.command("lunch", "Says what there is for lunch", hint="[day]")
        def lunch(who, room, rest):
            return slash.Tell(f"Soup, {who.name}.")
