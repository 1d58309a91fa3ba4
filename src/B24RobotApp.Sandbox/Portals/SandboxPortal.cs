using System.Security.Cryptography;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Crm;

namespace B24RobotApp.Sandbox.Portals;

/// <summary>One Bitrix24 in the box: its people, its state and what it does by itself.</summary>
public sealed class SandboxPortal
{
    private readonly Lock _gate = new();
    private readonly List<Action> _afterResponse = [];

    public SandboxPortal(TimeProvider clock)
    {
        Clock = clock;
        Crm = new CrmState(this);
        Automation = new PortalAutomation();
        Events = new PortalEvents();
    }

    /// <summary>32 hexadecimal digits, for ever.</summary>
    public string MemberId { get; init; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public TimeProvider Clock { get; }

    /// <summary>The zone in which the server writes times.</summary>
    public TimeSpan ServerOffset { get; init; } = TimeSpan.FromHours(3);

    public DateTimeOffset Now => Clock.GetUtcNow().ToOffset(ServerOffset);

    public Uri BaseUrl { get; internal set; } = new("http://127.0.0.1/");

    public IList<SandboxUser> Users { get; } = [];

    /// <summary>Everything of the crm module.</summary>
    public CrmState Crm { get; }

    public PortalAutomation Automation { get; }

    public PortalEvents Events { get; }

    /// <summary>How long a method is said to run, by its name; it counts against the operating limit.</summary>
    public IDictionary<string, TimeSpan> Costs { get; } = new Dictionary<string, TimeSpan>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Does something with the portal's state: one at a time, and what it sends out leaves afterwards.</summary>
    public T Run<T>(Func<T> work)
    {
        T result;
        Action[] later;
        lock (_gate)
        {
            result = work();
            later = [.. _afterResponse];
            _afterResponse.Clear();
        }
        foreach (var action in later)
        {
            action();
        }
        return result;
    }

    internal void AfterResponse(Action action) => _afterResponse.Add(action);
}
