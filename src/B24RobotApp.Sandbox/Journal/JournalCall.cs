using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Journal;

/// <summary>A sub-call of a batch, as it was run.</summary>
/// <param name="Key">Its name in the batch.</param>
/// <param name="Method">As asked for.</param>
/// <param name="Parameters">After references were put in.</param>
/// <param name="Error">The error's code; <see langword="null"/> if it succeeded.</param>
public sealed record JournalCall(string Key, string Method, JsonObject? Parameters, string? Error);
