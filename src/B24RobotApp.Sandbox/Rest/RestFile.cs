namespace B24RobotApp.Sandbox.Rest;

/// <summary>A file as the answer of a call, as signed links give it.</summary>
public sealed record RestFile(string Name, string ContentType, ReadOnlyMemory<byte> Content)
{
    /// <summary>The name in plain letters and, for all others, percent-encoded.</summary>
    internal string ContentDisposition
    {
        get
        {
            var plain = new string([.. Name.Select(letter => char.IsAscii(letter) && !char.IsControl(letter) && letter is not ('"' or '\\') ? letter : '_')]);
            return $"attachment; filename=\"{plain}\"; filename*=utf-8''{Uri.EscapeDataString(Name)}";
        }
    }
}
