using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance.Chaos;

/// <summary>Deals that reach the robot's stage on one portal, in bursts: most of them new, some again with other products, with clients and without, under robots that are set differently.</summary>
/// <param name="stage">Where.</param>
/// <param name="installation">The app on that portal.</param>
/// <param name="random">Which.</param>
/// <param name="perSecond">How many.</param>
internal sealed class Traffic(Stage stage, AppInstallation installation, Random random, double perSecond)
{
    private const int BiggestBurst = 25;

    private static readonly TimeSpan LongestLock = TimeSpan.FromSeconds(4);

    private readonly List<SentCall> _calls = [];
    private readonly List<long> _updatable = [];
    private readonly List<long> _contacts = [];
    private readonly List<long> _companies = [];

    /// <summary>Where the deals are.</summary>
    public SandboxPortal Portal => installation.Portal;

    /// <summary>How many calls the app has taken so far.</summary>
    public int Acknowledged => Calls.Count(call => call.IsAcknowledged);

    /// <summary>All calls so far, in order.</summary>
    public IReadOnlyList<SentCall> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    public async Task RunAsync(CancellationToken ended)
    {
        try
        {
            while (!ended.IsCancellationRequested)
            {
                var burst = random.Next(1, BiggestBurst + 1);
                SendSome(burst);
                await Task.Delay(TimeSpan.FromSeconds(burst / perSecond), TimeProvider.System, ended);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }

    private void SendSome(int burst)
    {
        Portal.Settings.Generation = random.Next(3) == 0 ? PortalGeneration.Older : PortalGeneration.Newest;
        Portal.Settings.WorkflowLock = random.Next(3) == 0 ? LongestLock * random.NextDouble() : TimeSpan.Zero;
        var eachTime = random.Next(10) == 0;
        var timeout = random.Next(5) == 0 ? TimeSpan.FromSeconds(random.Next(3, 15)) : TimeSpan.Zero;
        stage.PlaceRobots(eachTime ? new JsonObject { ["mode"] = "create" } : [], timeout, installation);
        for (var i = 0; i < burst; i++)
        {
            Send(eachTime || _updatable.Count == 0 || random.Next(7) > 0 ? Add(eachTime) : Change(_updatable[random.Next(_updatable.Count)]));
        }
    }

    private long Add(bool eachTime)
    {
        List<long> contacts = random.Next(2) == 0 ? [Contact()] : [];
        var deal = Portal.AddDeal($"Хаос {random.Next():x8}", rows: Rows(), companyId: random.Next(3) == 0 ? Company() : null, contactIds: contacts);
        if (!eachTime)
        {
            _updatable.Add(deal);
        }

        return deal;
    }

    private long Change(long deal)
    {
        Portal.SetRows(deal, Rows());
        return deal;
    }

    private long Contact()
    {
        if (_contacts.Count == 0 || random.Next(3) == 0)
        {
            var number = _contacts.Count;
            _contacts.Add(Portal.AddContact(
                $"Клиент {number}",
                random.Next(2) == 0 ? string.Create(CultureInfo.InvariantCulture, $"+7 {Portal.BaseUrl.Port} {20_000 + number}") : null,
                $"chaos{number}@{Portal.Code}.example.com"));
        }

        return _contacts[random.Next(_contacts.Count)];
    }

    private long Company()
    {
        if (_companies.Count == 0 || random.Next(3) == 0)
        {
            var number = _companies.Count;
            _companies.Add(Portal.AddCompany($"Хаос и партнёры {number} {Portal.Code}", email: $"office{number}@{Portal.Code}.example.com"));
        }

        return _companies[random.Next(_companies.Count)];
    }

    private JsonArray Rows() =>
    [
        .. Enumerable.Range(0, random.Next(1, 5)).Select(row => new JsonObject
        {
            ["productName"] = $"Позиция {row}",
            ["price"] = random.Next(1, 100_000) / 100m,
            ["quantity"] = random.Next(1, 9),
            ["taxRate"] = 20,
            ["taxIncluded"] = "Y",
        }),
    ];

    private void Send(long deal)
    {
        var workflow = Stage.Send(Portal, deal);
        var delivery = Portal.Deliveries.History.Last(delivery => delivery.IsRobotCall && delivery.Form["workflow_id"]?.ToString() == workflow.Id);
        lock (_calls)
        {
            _calls.Add(new SentCall(deal, workflow, delivery));
        }
    }
}
