using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;

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

    /// <summary>Settings that are known only when the sandbox stands, such as the webhooks of further ESBs.</summary>
    public Func<SandboxHost, IEnumerable<KeyValuePair<string, string>>> SettingsOf { get; init; } = _ => [];

    /// <summary>Portals beside the source and the ESB.</summary>
    public IReadOnlyList<PortalOptions> MorePortals { get; init; } = [];

    /// <summary>The card is "script only": the installation comes as a callback.</summary>
    public bool IsScriptOnly { get; init; }

    /// <summary>The administrator enters client id and secret where the install page asks for them.</summary>
    public bool EntersCredentials { get; init; } = true;

    /// <summary>Whether the app knows the ESB from its settings; otherwise somebody connects it on a page.</summary>
    public bool KnowsEsb { get; init; } = true;

    /// <summary>Whether the ESB tells the app of changes by an outgoing webhook. Then there is a second connection to the same ESB, <c>quiet</c>, of which it tells nothing.</summary>
    public bool EsbTells { get; init; }

    public bool WithSampleData { get; init; } = true;

    /// <summary>Port of the sandbox's control interface and page; <see langword="null"/> for none.</summary>
    public int? ControlPort { get; init; }

    /// <summary>The host under which portals and browsers reach the app. With a name under <c>localhost</c> its frames are of another site than the portals.</summary>
    public string AppHost { get; init; } = "127.0.0.1";

    /// <summary>Where portals and browsers reach the app, if something stands in front of it.</summary>
    public Uri? PublicUrl { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
