using System.Globalization;
using System.Security.Cryptography;
using B24RobotApp.Bitrix24.Values;
using Microsoft.AspNetCore.DataProtection;

namespace B24RobotApp.Pages;

/// <summary>
/// What a page shows when it sends something back: for which portal and administrator it was made. A cookie would not survive in a frame. It is good for half an hour.
/// </summary>
internal sealed class PageTickets(IDataProtectionProvider protection, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(30);

    private readonly IDataProtector _protector = protection.CreateProtector("page ticket");

    public string Issue(TokenOwner administrator) => _protector.Protect(
        string.Create(CultureInfo.InvariantCulture, $"{administrator.Member} {administrator.UserId} {(clock.GetUtcNow() + Life).ToUnixTimeSeconds()}"));

    /// <returns><see langword="null"/> if it is forged or its time is over.</returns>
    public TokenOwner? Read(string? ticket)
    {
        try
        {
            return _protector.Unprotect(ticket ?? "").Split(' ') is [var member, var user, var end]
                && long.Parse(end, CultureInfo.InvariantCulture) >= clock.GetUtcNow().ToUnixTimeSeconds()
                ? new TokenOwner(MemberId.Parse(member), long.Parse(user, CultureInfo.InvariantCulture))
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
