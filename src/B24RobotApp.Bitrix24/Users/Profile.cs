using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Users;

/// <summary>The user in whose name a call is made.</summary>
/// <param name="Id">His id on the portal.</param>
/// <param name="IsAdministrator">Whether he may manage applications.</param>
/// <param name="Name">First and last name, as far as they are known.</param>
public sealed record UserProfile(long Id, bool IsAdministrator, string Name);

/// <summary>Who is calling; no scope needed. Source: common/users/profile.md.</summary>
public static class Profile
{
    /// <summary><c>profile</c>.</summary>
    public static Call Get() => new("profile", []);

    /// <summary>The user; <see langword="null"/> if he was dismissed, which the portal says by an empty answer.</summary>
    public static UserProfile? Read(CallResult result) =>
        result.Result.Id("ID") is { } id and > 0
            ? new UserProfile(
                id,
                result.Result.Property("ADMIN").AsBoolean() == true,
                $"{result.Result.Text("NAME")} {result.Result.Text("LAST_NAME")}".Trim())
            : null;
}
