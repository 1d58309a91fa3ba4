using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Commands;

/// <summary>What goes wrong at start through no fault of the program, in lines for the operator.</summary>
/// <param name="Lines">Empty: it is a defect.</param>
/// <param name="ExitCode">Wrong settings are wrong use; a directory or a port that is taken is something to act on.</param>
internal sealed record StartProblems(IReadOnlyList<string> Lines, int ExitCode)
{
    public static StartProblems Of(Exception exception) => exception switch
    {
        OptionsValidationException validation => new([.. validation.Failures], ExitCodes.WrongUse),
        AggregateException aggregate when aggregate.InnerExceptions.All(inner => Of(inner).Lines.Count > 0) =>
            new([.. aggregate.InnerExceptions.SelectMany(inner => Of(inner).Lines)], aggregate.InnerExceptions.Max(inner => Of(inner).ExitCode)),
        StorageException storage => new([storage.Message], ExitCodes.ToActOn),

        // A port that is taken, an address that this machine does not have, a file that may not be read.
        IOException or UnauthorizedAccessException => new([exception.Message], ExitCodes.ToActOn),
        _ => new([], ExitCodes.ToActOn),
    };
}
