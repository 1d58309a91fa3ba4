using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Users;

/// <summary>Who a token or a webhook belongs to. Source: common/users/profile.md.</summary>
/// <param name="Id">The user's id.</param>
/// <param name="IsAdministrator">Whether he administers the portal.</param>
public sealed record PortalProfile(long Id, bool IsAdministrator)
{
    /// <summary><c>profile</c>; needs no scope.</summary>
    public static Call Get() => new("profile", []);

    /// <summary>The answer of <see cref="Get"/>.</summary>
    public static PortalProfile Read(CallResult result) =>
        new(result.Result.Id("ID") ?? 0, result.Result.Property("ADMIN").AsBoolean() == true);
}
