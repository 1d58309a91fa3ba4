using System.Text.Json;
using B24RobotApp.Bitrix24.Errors;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>What a call brought.</summary>
/// <param name="Result">The <c>result</c> of the answer; not bound to a pooled document, it may be kept.</param>
/// <param name="Total">For lists: how many records there are in all, if the portal said so.</param>
/// <param name="Next">For lists: the <c>start</c> of the next page; <see langword="null"/> on the last one.</param>
public sealed record CallResult(JsonElement Result, int? Total = null, int? Next = null);

/// <summary>How one call of a group ended: with a result, with an error, or not run at all.</summary>
/// <param name="Method">The method called.</param>
/// <param name="Result">Its result, if it succeeded.</param>
/// <param name="Failure">
/// Why there is no result. A call that the portal never came to has <see cref="FailureKind.NotExecuted"/> and the code <c>NOT_RUN</c>.
/// </param>
public sealed record CallOutcome(string Method, CallResult? Result, Bitrix24Exception? Failure)
{
    /// <summary>The result, or the failure as an exception.</summary>
    /// <exception cref="Bitrix24Exception">The call failed.</exception>
    public CallResult GetOrThrow() =>
        Result ?? throw Failure ?? throw new InvalidOperationException($"{Method} has neither a result nor a failure.");
}
