using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Methods;
using B24RobotApp.Sandbox.OAuth;
using B24RobotApp.Sandbox.Pages;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Frames;

/// <summary>An application's frame in a page, in the shape that the portal's own component writes: a named frame, a form that is posted into it, and what the page's script has to know. The form is put at the page's end, since a frame may stand in a form of the page.</summary>
internal static class FrameView
{
    /// <summary>Commands that a widget's page does not hear of, and those that a slider's does not.</summary>
    private static readonly string[] DeniedToWidgets = ["setTitle", "setScroll", "reloadWindow"];

    private static readonly string[] DeniedInSliders = ["resizeWindow"];

    /// <param name="request">The page.</param>
    /// <param name="app">The application.</param>
    /// <param name="binding">The widget; the application's own page if not given.</param>
    /// <param name="options">What the place tells the page.</param>
    /// <param name="height">The frame's first height in pixels; as high as the window lets it if not given.</param>
    public static Html Render(PageRequest request, AppInstallation app, PlacementBinding? binding = null, JsonObject? options = null, int? height = null)
    {
        var frame = request.Frames.Open(app, request.User.Id, binding, options);
        var name = $"{request.Portal.Domain}|{Protocol(request.Portal)}|{frame.SessionId}";
        return Html.Of($"""
            <div class="app-layout{Html.If(height is null, " app-layout-full")}" id="appframe_layout_{frame.SessionId}" data-height="{height}" data-frame="{Knowledge(request, app, binding, options, frame).ToJsonString()}">
            <iframe id="appframe_{frame.SessionId}" name="{name}" title="{app.Card.Name}"></iframe>
            <template><form method="post" action="{frame.Url.AbsoluteUri}" target="{name}" hidden>{frame.Fields.Select(Field)}</form></template>
            <p class="app-loading" role="status" data-failed="{request.Texts["frame.token"]}">{request.Texts["frame.loading"]}</p>
            </div>
            """);
    }

    private static Html Field(KeyValuePair<string, JsonNode?> field) => Html.Of($"""<input type="hidden" name="{field.Key}" value="{field.Value.AsText()}">""");

    private static int Protocol(SandboxPortal portal) => portal.BaseUrl.Scheme == Uri.UriSchemeHttps ? 1 : 0;

    /// <summary>The answer to <c>getInitData</c>, in the portal's names, and what decides which other commands are answered.</summary>
    private static JsonObject Knowledge(PageRequest request, AppInstallation app, PlacementBinding? binding, JsonObject? options, FrameRequest frame)
    {
        var (portal, user) = (request.Portal, request.User);
        return new JsonObject
        {
            ["session"] = frame.SessionId,
            ["origin"] = frame.Url.GetLeftPart(UriPartial.Authority),
            ["application"] = app.Id,
            ["clientId"] = app.ClientId,
            ["denied"] = new JsonArray([.. DeniedTo(binding, request.IsInSlider).Select(command => JsonValue.Create(command))]),
            ["events"] = new JsonArray([.. KnownPlacements.EventsOf(binding?.Placement ?? "DEFAULT").Select(name => JsonValue.Create(name))]),
            ["properties"] = options?["properties"]?.DeepClone(),
            ["choose"] = request.Texts["choose"],
            ["users"] = new JsonArray([.. portal.Users.Where(known => known.IsActive).Select(known => new JsonObject
            {
                ["id"] = Text(known.Id),
                ["name"] = $"{known.Name} {known.LastName}",
                ["photo"] = "",
                ["position"] = known.WorkPosition ?? "",
                ["url"] = $"/company/personal/user/{Text(known.Id)}/",
                ["sub"] = false,
                ["sup"] = false,
            })]),
            ["init"] = new JsonObject
            {
                ["LANG"] = portal.Settings.Language,
                ["DOMAIN"] = portal.Domain,
                ["PROTOCOL"] = Protocol(portal),
                ["PATH"] = "/rest",
                ["AUTH_ID"] = frame.Fields["AUTH_ID"]?.DeepClone(),
                ["AUTH_EXPIRES"] = Text(TokenPair.AccessLifetimeSeconds),
                ["REFRESH_ID"] = frame.Fields["REFRESH_ID"]?.DeepClone(),
                ["MEMBER_ID"] = portal.MemberId,
                ["FIRST_RUN"] = portal.Run(() => !app.KnownToUsers.Contains(user.Id)),
                ["IS_ADMIN"] = user.IsAdmin,
                ["INSTALL"] = !app.IsInstalled,
                ["USER_OPTIONS"] = PhpArray(portal.Run(() => app.UserOptions.GetValueOrDefault(user.Id)?.DeepClone())),
                ["APP_OPTIONS"] = PhpArray(portal.Run(() => app.Options.DeepClone())),
                ["PLACEMENT"] = binding?.Placement ?? "DEFAULT",
                ["PLACEMENT_OPTIONS"] = PhpArray(options?.DeepClone()),
            },
        };
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> DeniedTo(PlacementBinding? binding, bool isInSlider) =>
        [.. binding is null ? [] : DeniedToWidgets, .. isInSlider && binding is null ? DeniedInSliders : []];

    /// <summary>PHP has one kind of array: an empty one is an empty list.</summary>
    private static JsonNode PhpArray(JsonNode? map) => map is JsonObject { Count: > 0 } ? map : new JsonArray();
}
