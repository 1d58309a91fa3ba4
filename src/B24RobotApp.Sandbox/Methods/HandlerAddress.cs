using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Methods;

/// <summary>What a portal takes as the address of a handler.</summary>
internal static class HandlerAddress
{
    /// <exception cref="RestError">No address with a dot in its host, no http, or on older portals another host than the application's.</exception>
    public static Uri Check(string? address, AppInstallation app)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Host.IndexOf('.', StringComparison.Ordinal) <= 0)
        {
            throw new RestError("ERROR_WRONG_HANDLER_URL", "Wrong handler URL");
        }
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
        {
            throw new RestError("ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol");
        }
        if (app.Portal.Settings.EnforcesHandlerHost && url.Host != app.Card.HandlerUrl.Host && url.Host != app.Card.InstallUrl?.Host)
        {
            throw new RestError("ERROR_HANDLER_URL_MATCH", "Handler URL host doesn't match application URL");
        }
        return url;
    }
}
