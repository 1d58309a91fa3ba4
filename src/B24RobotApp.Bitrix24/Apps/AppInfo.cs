using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Apps;

/// <summary>What a portal says of the app. It proves nothing, since anyone can run a portal: for that see <see cref="OAuth.OAuthServer.GetTokenInfoAsync"/>. Source: common/system/app-info.md.</summary>
/// <param name="Code">For a local application its client id.</param>
/// <param name="Status"><c>L</c> for a local application.</param>
/// <param name="IsInstalled">Whether the installation was finished; before that ordinary users do not see the app.</param>
/// <param name="License">The portal's plan with its region, such as <c>ru_std</c>; empty if it is not told.</param>
/// <param name="IsPaymentExpired">Whether the portal has stopped paying.</param>
public sealed record AppInfo(string Code, string Status, bool IsInstalled, string License, bool IsPaymentExpired)
{
    /// <summary><c>app.info</c>; needs no scope, and a token of the app.</summary>
    public static Call Get() => new("app.info", []);

    /// <summary>The answer of <see cref="Get"/>.</summary>
    public static AppInfo Read(CallResult result) => new(
        result.Result.Text("CODE") ?? "",
        result.Result.Text("STATUS") ?? "",
        result.Result.Property("INSTALLED").AsBoolean() == true,
        result.Result.Text("LICENSE") ?? "",
        result.Result.Property("PAYMENT_EXPIRED").AsBoolean() == true);
}
