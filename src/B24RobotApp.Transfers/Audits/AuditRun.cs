using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.Audits;

/// <summary>
/// One audit. Three passes in pages: the ESB's deals that came from the portal, beside their originals; the links whose deal that pass did not meet; and what looked unknown at first, once more, since
/// transfers go on meanwhile.
/// </summary>
internal sealed class AuditRun(
    LinkStore links, EsbPortals esb, SourcePortals sources, TimeProvider clock, MappingProfile? profile, Portal portal, EsbConnection connection, TimeSpan pause, CancellationToken cancellationToken)
{
    private const int LinksPerPage = 500;

    /// <summary>Of amounts that were converted and rounded.</summary>
    private const decimal Tolerance = 0.01m;

    private readonly string _originator = OriginKey.OriginatorOf(portal.MemberId);
    private readonly Dictionary<AuditKind, int> _counts = [];
    private readonly List<AuditFinding> _findings = [];
    private readonly HashSet<long> _seen = [];
    private readonly List<EsbDeal> _unknown = [];
    private int _calls;

    public async Task<AuditReport> RunAsync()
    {
        var started = clock.GetUtcNow();
        await ReadEsbAsync();
        var linked = await ReadLinksAsync();
        await JudgeUnknownAsync();
        return new AuditReport
        {
            Linked = linked,
            OnEsb = _seen.Count,
            Counts = _counts,
            Findings = _findings,
            Calls = _calls,
            StartedAt = started,
            FinishedAt = clock.GetUtcNow(),
        };
    }

    private async Task ReadEsbAsync()
    {
        var last = 0L;
        while (true)
        {
            var filter = new JsonObject { ["=originatorId"] = _originator, [">id"] = last };
            var items = CrmItems.ReadItems(await AskEsbAsync(filter)).ToList();
            var deals = new List<EsbDeal>();
            foreach (var item in items)
            {
                var id = item.Id("id") ?? 0;
                last = Math.Max(last, id);

                // Deals of mode «create» carry the transfer's id behind a colon: each stands for one moment of its original and is nobody's counterpart.
                if (_seen.Add(id) && OriginKey.TryParseId(item.Text("originId"), out var kind, out var sourceId))
                {
                    deals.Add(new EsbDeal(id, kind, KeyOf(kind, sourceId), item.Property("opportunity").AsDecimal(), item.Text("currencyId") ?? ""));
                }
            }

            await CompareAsync(deals);
            if (items.Count < BatchLimits.PageSize)
            {
                return;
            }

            await PauseAsync();
        }
    }

    private async Task CompareAsync(List<EsbDeal> deals)
    {
        var known = await links.FindAsync([.. deals.Select(deal => deal.Key).Distinct()], cancellationToken);
        _unknown.AddRange(deals.Where(deal => known.GetValueOrDefault(deal.Key)?.EsbId != deal.Id));
        foreach (var group in deals.GroupBy(deal => deal.Kind))
        {
            var originals = await AskSourceAsync(group.Key, [.. group.Select(deal => deal.Key.SourceId).Distinct()]);
            foreach (var deal in group)
            {
                if (!originals.TryGetValue(deal.Key.SourceId, out var original))
                {
                    Find(new AuditFinding(AuditKind.SourceGone, deal.Kind.Name, deal.Key.SourceId, deal.Id));
                }
                else if (known.GetValueOrDefault(deal.Key)?.EsbId == deal.Id && IsOther(original, deal))
                {
                    Find(new AuditFinding(AuditKind.AmountDiffers, deal.Kind.Name, deal.Key.SourceId, deal.Id, Say(original), Say((deal.Amount, deal.Currency))));
                }
            }
        }
    }

    /// <summary>Amounts are compared where the connection's profile carries them over, and where it says what one currency is in the other.</summary>
    private bool IsOther((decimal? Amount, string Currency) original, EsbDeal deal)
    {
        if (original.Amount is not { } amount || deal.Amount is not { } there || profile?.Rules.Any(rule => rule is { To: "opportunity", From: "opportunity" }) != true)
        {
            return false;
        }

        if (original.Currency != deal.Currency)
        {
            if (!profile.Rates.TryGetValue($"{original.Currency}>{deal.Currency}", out var rate))
            {
                return false;
            }

            amount *= rate;
        }

        return Math.Abs(amount - there) > Tolerance;
    }

    /// <returns>How many items have a counterpart.</returns>
    private async Task<long> ReadLinksAsync()
    {
        var linked = 0L;
        var notMet = new List<Link>();
        LinkKey? after = null;
        while (true)
        {
            var page = await links.ListAsync(portal.MemberId, connection.Code, after, LinksPerPage, cancellationToken);
            foreach (var link in page.Where(link => link.IsKnown && LinkedEntities.EsbTypeOf(link.Key.Entity) == CrmEntityTypes.Deal))
            {
                linked++;
                if (!_seen.Contains(link.EsbId))
                {
                    notMet.Add(link);
                }
            }

            if (page.Count < LinksPerPage)
            {
                break;
            }

            after = page[^1].Key;
        }

        foreach (var some in notMet.Chunk(BatchLimits.PageSize))
        {
            await JudgeNotMetAsync(some);
            await PauseAsync();
        }

        return linked;
    }

    private async Task JudgeNotMetAsync(Link[] some)
    {
        var ids = new JsonArray([.. some.Select(link => JsonValue.Create(link.EsbId))]);
        var there = CrmItems.ReadItems(await AskEsbAsync(new JsonObject { ["@id"] = ids })).ToDictionary(item => item.Id("id") ?? 0, item => item.Text("originatorId"));
        foreach (var link in some)
        {
            var item = CrmKind.Find(LinkedEntities.SourceTypeOf(link.Key.Entity))?.Name ?? CrmKind.Deal.Name;
            if (!there.TryGetValue(link.EsbId, out var originator))
            {
                Find(new AuditFinding(AuditKind.Missing, item, link.Key.SourceId, link.EsbId));
            }
            else if (originator != _originator)
            {
                // With our origin it was made while the ESB's deals were read.
                Find(new AuditFinding(AuditKind.OriginChanged, item, link.Key.SourceId, link.EsbId));
            }
        }
    }

    private async Task JudgeUnknownAsync()
    {
        var first = new HashSet<LinkKey>();
        foreach (var some in _unknown.Chunk(LinksPerPage))
        {
            var known = await links.FindAsync([.. some.Select(deal => deal.Key).Distinct()], cancellationToken);
            foreach (var deal in some)
            {
                var counterpart = known.GetValueOrDefault(deal.Key)?.EsbId ?? 0;
                if (counterpart != deal.Id)
                {
                    var isSecond = _seen.Contains(counterpart) || !first.Add(deal.Key);
                    Find(new AuditFinding(isSecond ? AuditKind.Doubled : AuditKind.NotLinked, deal.Kind.Name, deal.Key.SourceId, deal.Id));
                }
            }
        }
    }

    private LinkKey KeyOf(CrmKind kind, long sourceId) => new(portal.MemberId, connection.Code, LinkedEntities.Of(kind.EntityTypeId, CrmEntityTypes.Deal), sourceId);

    private async Task<CallResult> AskEsbAsync(JsonObject filter)
    {
        _calls++;
        return await esb.CallAsync(
            connection, CrmItems.List(CrmEntityTypes.Deal, filter, ["id", "originatorId", "originId", "opportunity", "currencyId"], new JsonObject { ["id"] = "ASC" }));
    }

    private async Task<Dictionary<long, (decimal? Amount, string Currency)>> AskSourceAsync(CrmKind kind, long[] ids)
    {
        _calls++;
        var call = CrmItems.List(kind.EntityTypeId, new JsonObject { ["@id"] = new JsonArray([.. ids.Select(id => JsonValue.Create(id))]) }, ["id", "opportunity", "currencyId"]);
        return CrmItems.ReadItems(await sources.CallAsync(portal, null, call))
            .ToDictionary(item => item.Id("id") ?? 0, item => (item.Property("opportunity").AsDecimal(), item.Text("currencyId") ?? ""));
    }

    private Task PauseAsync() => pause > TimeSpan.Zero ? Task.Delay(pause, clock, cancellationToken) : Task.CompletedTask;

    private void Find(AuditFinding finding)
    {
        _counts[finding.Kind] = _counts.GetValueOrDefault(finding.Kind) + 1;
        if (_findings.Count < AuditReport.MostFindings)
        {
            _findings.Add(finding);
        }
    }

    private static string Say((decimal? Amount, string Currency) money) => string.Create(CultureInfo.InvariantCulture, $"{money.Amount} {money.Currency}");

    private sealed record EsbDeal(long Id, CrmKind Kind, LinkKey Key, decimal? Amount, string Currency);
}
