using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Crm;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Journal;
using B24RobotApp.Sandbox.Limits;
using B24RobotApp.Sandbox.OAuth;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Portals;

/// <summary>One Bitrix24 in the box: its people, its state and what it does by itself.</summary>
public sealed partial class SandboxPortal
{
    private readonly Lock _gate = new();
    private Hit? _hit;

    public SandboxPortal(TimeProvider clock, OAuthServer? authorization = null, PortalOptions? options = null)
    {
        options ??= new PortalOptions();
        Clock = clock;
        Authorization = authorization ?? new OAuthServer(clock);
        Code = options.Code;
        Title = options.Title;
        MemberId = options.MemberId ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
        ServerOffset = options.ServerOffset;
        Users = options.Users.Count > 0 ? [.. options.Users] : [new SandboxUser(1, "Анна", "Кузнецова") { IsAdmin = true }];
        Journal = new RequestJournal(options.JournalCapacity);
        Deliveries = new QueueServer(clock, Faults, Activity, options.HistoryCapacity);
        Crm = new CrmState(this);
        Automation = new PortalAutomation(this, options.HistoryCapacity);
        Events = new PortalEvents(this);
        Methods = RestMethodTable.Create();
    }

    /// <summary>Its name in the sandbox, such as <c>source</c>.</summary>
    public string Code { get; }

    public string Title { get; }

    /// <summary>32 hexadecimal digits, for ever.</summary>
    public string MemberId { get; }

    public TimeProvider Clock { get; }

    /// <summary>The zone in which the server writes times.</summary>
    public TimeSpan ServerOffset { get; }

    public DateTimeOffset Now => Clock.GetUtcNow().ToOffset(ServerOffset);

    /// <summary>Where it listens, with a slash at the end.</summary>
    public Uri BaseUrl { get; internal set; } = new("http://127.0.0.1/");

    /// <summary>Host and port, as it names itself.</summary>
    public string Domain => BaseUrl.Authority;

    public OAuthServer Authorization { get; }

    public PortalSettings Settings { get; } = new();

    public IList<SandboxUser> Users { get; }

    /// <summary>Who is signed in to the portal in the browser that comes to <c>/oauth/authorize/</c>.</summary>
    public long BrowserUserId { get; set; } = 1;

    /// <summary>Everything of the crm module.</summary>
    public CrmState Crm { get; }

    public PortalAutomation Automation { get; }

    public PortalEvents Events { get; }

    /// <summary>The queue servers: what was sent to applications, and what became of it.</summary>
    public QueueServer Deliveries { get; }

    public PortalLimits Limits { get; } = new();

    public FaultPlan Faults { get; } = new();

    public RequestJournal Journal { get; }

    public RestMethodTable Methods { get; }

    /// <summary>How long a method is said to run, by its name; it counts against the operating limit.</summary>
    public IDictionary<string, TimeSpan> Costs { get; } = new ConcurrentDictionary<string, TimeSpan>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Requests and deliveries that are under way.</summary>
    internal Activity Activity { get; } = new();

    /// <summary>Whom the running request belongs to; <see langword="null"/> in robots, timers and outside of requests.</summary>
    internal Hit? CurrentHit => _hit;

    /// <summary>Completes when no request is being worked on, what it left behind included, and nothing is queued or being delivered.</summary>
    public Task WhenIdleAsync() => Activity.WhenIdleAsync();

    public SandboxUser? FindUser(long id) => Users.FirstOrDefault(user => user.Id == id);

    /// <summary>Does something with the portal's state: one at a time, and what it sends out leaves afterwards.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="user">Who does it, on a page of the portal; nobody, as a timer or a robot, if <see langword="null"/>.</param>
    public T Run<T>(Func<T> work, SandboxUser? user = null)
    {
        if (_gate.IsHeldByCurrentThread)
        {
            return work();
        }
        var hit = new Hit(user);
        var result = Run(hit, work);
        hit.Finish();
        return result;
    }

    /// <inheritdoc cref="Run{T}(Func{T}, SandboxUser?)"/>
    public void Run(Action work, SandboxUser? user = null) => Run(
        () =>
        {
            work();
            return true;
        },
        user);

    /// <summary>Calls a method in process, as a user with every right and scope; for setting things up.</summary>
    /// <exception cref="RestError">The portal says no.</exception>
    public JsonNode? Call(string method, JsonObject parameters, long userId = 1)
    {
        var user = FindUser(userId) ?? throw new ArgumentException($"There is no user {userId}.", nameof(userId));
        var found = Methods.Find(method) ?? throw CallRunner.MethodNotFound();
        var call = new RestCall
        {
            Portal = this,
            User = user,
            Scopes = KnownScopes.All,
            Credential = "",
            Start = (int)(parameters["start"].AsLong() ?? 0),
            Parameters = parameters,
        };
        return Run(() => PhpOutput.Normalize(found.Handler(call)), user);
    }

    /// <summary>Part of a request's work, under the lock; the request itself lets go what waits for its end.</summary>
    internal T Run<T>(Hit hit, Func<T> work)
    {
        lock (_gate)
        {
            _hit = hit;
            try
            {
                return work();
            }
            finally
            {
                _hit = null;
            }
        }
    }

    /// <summary>Lets something happen when the running request has been answered; at once where there is none.</summary>
    internal void AfterResponse(Action action)
    {
        if (_hit is null)
        {
            action();
        }
        else
        {
            _hit.After(action);
        }
    }
}
