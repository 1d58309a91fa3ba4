using B24RobotApp.Bitrix24.Incoming;

namespace B24RobotApp.Install;

internal static class FramePostExtensions
{
    /// <summary>What a page's form claims about its portal and user.</summary>
    public static InstallClaim ToClaim(this FramePost post) => new()
    {
        Host = post.Domain,
        MemberId = post.MemberId,
        Tokens = post.Tokens,
        ServerEndpoint = post.ServerEndpoint,
        ApplicationToken = post.ApplicationToken,
        Language = post.Language,
    };
}
