using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Pages;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Frames;

/// <summary>What the page's script asks the portal on behalf of a frame, as the portal's own component is asked: tokens, options, the end of the installation.</summary>
internal static class FrameActions
{
    private static readonly JsonObject Denied = new() { ["error"] = "access_denied" };

    /// <exception cref="PageProblem">No such frame or action.</exception>
    public static PageAnswer Run(PageRequest request, string session, string action)
    {
        var frame = request.Frames.Find(session) ?? throw new PageProblem(request.Texts["frame.unknown"]);
        return new PageAnswer.Told(action switch
        {
            "access_refresh" => Refresh(request, frame),
            "set_option" => SetOptions(request, frame),
            "set_user_option" => SetUserOption(request, frame),
            "set_install" => SetInstall(request, frame),
            "set_installed" => SetInstalled(request, frame),
            _ => throw new PageProblem(request.Texts["page.unknown"]),
        });
    }

    /// <summary>New tokens of the one who looks; none where the application is gone or he may not use it.</summary>
    private static JsonObject Refresh(PageRequest request, OpenFrame frame)
    {
        var isThere = frame.App.IsActive && request.Portal.FindUser(frame.UserId) is { IsActive: true };
        if (!isThere)
        {
            return new JsonObject { ["error"] = "invalid_grant" };
        }
        var tokens = request.Portal.Authorization.Issue(frame.App, frame.UserId);
        return new JsonObject
        {
            ["access_token"] = tokens.AccessToken,
            ["refresh_token"] = tokens.RefreshToken,
            ["expires_in"] = OAuth.TokenPair.AccessLifetimeSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The application's options, for all users; the answer is all of them.</summary>
    private static JsonObject SetOptions(PageRequest request, OpenFrame frame) => request.Portal.Run(() =>
    {
        if (!IsAdministrator(request, frame))
        {
            return (JsonObject)Denied.DeepClone();
        }
        foreach (var option in request.Form["options"].AsList() ?? [])
        {
            frame.App.Options[option?["name"].AsText() ?? ""] = option?["value"]?.DeepClone();
        }
        return (JsonObject)frame.App.Options.DeepClone();
    });

    private static JsonObject SetUserOption(PageRequest request, OpenFrame frame) => request.Portal.Run(() =>
    {
        if (!frame.App.UserOptions.TryGetValue(frame.UserId, out var options))
        {
            frame.App.UserOptions.Add(frame.UserId, options = []);
        }
        options[request.Text("name")] = request.Form["value"]?.DeepClone();
        return new JsonObject();
    });

    private static JsonObject SetInstall(PageRequest request, OpenFrame frame) => request.Portal.Run(() =>
    {
        if (request.Form["install"].IsEmpty())
        {
            frame.App.KnownToUsers.Remove(frame.UserId);
        }
        else
        {
            frame.App.KnownToUsers.Add(frame.UserId);
        }
        return new JsonObject();
    });

    private static JsonObject SetInstalled(PageRequest request, OpenFrame frame)
    {
        if (!IsAdministrator(request, frame))
        {
            return (JsonObject)Denied.DeepClone();
        }
        request.Portal.FinishInstallation(frame.App);
        return new JsonObject { ["result"] = true };
    }

    private static bool IsAdministrator(PageRequest request, OpenFrame frame) => request.Portal.FindUser(frame.UserId) is { IsAdmin: true };
}
