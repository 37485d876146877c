"""Where a person lands: the root, the choice of posts, and the home page of each post."""

from __future__ import annotations

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from portal.core.models import User
from portal.core.queries import why_nothing
from portal.core.web import OfficeView, office_url, seats_of_request
from portal.workspace.homes import home_of
from portal.workspace.office_queries import keepers_of


class RootView(View):
    """The bare address: one's own home page, or what is public."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Send everybody where they belong."""
        return redirect("home" if request.user.is_authenticated else "public-notices")


class HomeView(LoginRequiredMixin, View):
    """After signing in: the workspace, a choice of posts, or why there is nothing to see."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One appointment in force leads straight to its workspace."""
        actors = seats_of_request(request)
        if len(actors) == 1:
            return redirect(office_url(actors[0], "workspace"))
        if not actors:
            return self.nothing(request)
        posts = [
            {
                "office": actor.office.name if actor.office else "",
                "post": actor.post_label,
                "title": actor.post.title if actor.post else "",
                "url": office_url(actor, "workspace"),
            }
            for actor in actors
        ]
        return render(request, "workspace/choose.html", {"posts": posts})

    def nothing(self, request: HttpRequest) -> HttpResponse:
        """Why there is nothing to see, and whom to ask."""
        user = request.user
        assert isinstance(user, User)  # the page asks for a signed-in person
        context = {"reasons": why_nothing(user), "keepers": keepers_of(user), "person": user}
        return render(request, "workspace/no_post.html", context)


class WorkspaceView(OfficeView):
    """The home page of the acting post."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """What waits, what is late, what moved, how the region stands."""
        return self.page("workspace/home.html", home_of(self.actor))
