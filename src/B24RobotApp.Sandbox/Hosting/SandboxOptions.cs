using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Hosting;

/// <summary>What a sandbox starts with.</summary>
public sealed record SandboxOptions
{
    /// <summary>The time of all portals and of the authorization server.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Port of the authorization server; 0 takes a free one.</summary>
    public int OAuthPort { get; init; }

    /// <summary>Port of the control interface; 0 takes a free one, <see langword="null"/> opens none.</summary>
    public int? ControlPort { get; init; }

    /// <summary>The portals; a source portal and an ESB if not given.</summary>
    public IReadOnlyList<PortalOptions> Portals { get; init; } =
    [
        new() { Code = "source", Title = "Партнёр" },
        new() { Code = "esb", Title = "ЕСБ" },
    ];

    /// <summary>Fills the portals with deals, clients and products to look at.</summary>
    public bool WithSampleData { get; init; }
}
