using Microsoft.AspNetCore.Authentication.OAuth;

namespace B24RobotApp.SignIn;

/// <summary>Options of the sign-in with Bitrix24. Addresses and credentials differ from portal to portal and come from the store.</summary>
internal sealed class Bitrix24AuthenticationOptions : OAuthOptions
{
    public Bitrix24AuthenticationOptions()
    {
        CallbackPath = Bitrix24AuthenticationDefaults.CallbackPath;
        ClaimsIssuer = Bitrix24AuthenticationDefaults.AuthenticationScheme;

        // The base class wants these four; the handler uses the portal's own instead.
        ClientId = "by portal";
        ClientSecret = "by portal";
        AuthorizationEndpoint = "by portal";
        TokenEndpoint = "by portal";
    }
}
