namespace B24RobotApp.Sandbox.Demo;

/// <summary>How the app is put between two sandbox portals.</summary>
public sealed record StageOptions
{
    /// <summary>The built app, <c>b24robot.dll</c>.</summary>
    public required string Program { get; init; }

    /// <summary>The app's data; made anew if not given, and deleted at the end.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Settings beyond those that connect the app with the sandbox.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The card is "script only": the installation comes as a callback.</summary>
    public bool IsScriptOnly { get; init; }

    public bool WithSampleData { get; init; } = true;

    /// <summary>Port of the sandbox's control interface and page; <see langword="null"/> for none.</summary>
    public int? ControlPort { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
