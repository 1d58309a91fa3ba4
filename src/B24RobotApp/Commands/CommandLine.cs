using System.CommandLine;

namespace B24RobotApp.Commands;

/// <summary>The words that <c>b24robot</c> knows.</summary>
internal static class CommandLine
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Carries deals from a Bitrix24 portal to another one, from the robot \"Send to ESB\".")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        root.SetAction((parsed, cancellationToken) => ServeCommand.RunAsync([.. parsed.UnmatchedTokens], cancellationToken));
        root.Add(ServeCommand.Create());
        return root;
    }
}
