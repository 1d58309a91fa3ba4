namespace B24RobotApp.Bitrix24.Files;

/// <summary>What a download brought; the content went where the caller wanted it.</summary>
/// <param name="Name">The file's name, safe to be handed on; <c>""</c> if the portal told none.</param>
/// <param name="Length">Its bytes.</param>
public sealed record DownloadedFile(string Name, long Length)
{
    /// <summary>The file is bigger than was asked for, and was not taken; its length is not known then.</summary>
    public bool IsTooLarge { get; init; }
}
