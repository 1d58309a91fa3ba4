namespace B24RobotApp.Sandbox.Portals;

/// <summary>How a portal behaves where portals differ. May be changed while it runs.</summary>
public sealed class PortalSettings
{
    public PortalGeneration Generation { get; set; } = PortalGeneration.Newest;

    /// <summary>The cloud tells <c>operating</c> figures and the application in headers; a box does not.</summary>
    public bool IsCloud { get; set; } = true;

    /// <summary>The plan has the workflow designer: <c>bizproc.workflow.*</c> exist.</summary>
    public bool HasWorkflowDesigner { get; set; } = true;

    /// <summary>The plan has automation: <c>bizproc.robot.*</c> and <c>bizproc.event.send</c> exist.</summary>
    public bool HasAutomation { get; set; } = true;

    /// <summary>The Market subscription runs: REST is there at all.</summary>
    public bool HasRestAccess { get; set; } = true;

    /// <summary>Features that <c>feature.get</c> knows to be on.</summary>
    public ISet<string> Features { get; } = new HashSet<string> { "rest_offline_extended", "rest_auth_connector" };

    /// <summary>Interface language, as sent in frames and events.</summary>
    public string Language { get; set; } = "ru";

    /// <summary>The portal's pages are dark. No field of a frame's form tells it: a page in a frame learns it from its browser alone.</summary>
    public bool IsDark { get; set; }

    /// <summary>Plan as <c>app.info</c> names it.</summary>
    public string License { get; set; } = "ru_std";

    /// <summary>Older portals refuse a handler on another host than the application's own.</summary>
    public bool EnforcesHandlerHost { get; set; }

    /// <summary>A robot registered with <c>USE_PLACEMENT</c> is set up on its application's page; otherwise by the form made of its properties, like any other.</summary>
    public bool ShowsRobotSettingsPages { get; set; } = true;

    /// <summary>Outgoing webhooks tell <c>client_endpoint</c> and <c>server_endpoint</c> too; the documentation shows them with and without.</summary>
    public bool WebhooksNameEndpoints { get; set; } = true;

    public ForgottenOnSave ForgottenOnSave { get; set; } = ForgottenOnSave.Robots;

    public RobotTokens RobotTokens { get; set; } = RobotTokens.Both;

    /// <summary>Robot calls leave while the request that caused them still runs; its workflow is locked until that is over.</summary>
    public bool RobotsLeaveDuringRequest { get; set; }

    /// <summary>How long a workflow stays locked after it called a robot. Zero: until its request is over.</summary>
    public TimeSpan WorkflowLock { get; set; } = TimeSpan.Zero;

    /// <summary>Lists of the bizproc module begin at whole pages only: <c>start</c> is rounded down to 50, 100... Whether any portal does so is documented nowhere.</summary>
    public bool BizprocListsKnowWholePagesOnly { get; set; }

    /// <summary>Cost of methods that have none of their own in <see cref="SandboxPortal.Costs"/>.</summary>
    public TimeSpan DefaultCost { get; set; } = TimeSpan.Zero;

    /// <summary>Costs are not only counted but waited for.</summary>
    public bool WaitsForCosts { get; set; }

    /// <summary>A request whose costs go beyond is cut off; the cloud has 60 seconds. Off if <see langword="null"/>.</summary>
    public TimeSpan? RequestTimeLimit { get; set; }
}
