namespace B24RobotApp.Sandbox.Rest;

/// <summary>A file as the answer of a call, as signed links give it.</summary>
public sealed record RestFile(string Name, string ContentType, ReadOnlyMemory<byte> Content);
