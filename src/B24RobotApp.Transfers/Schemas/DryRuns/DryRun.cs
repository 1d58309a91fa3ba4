using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Running.Clients;
using B24RobotApp.Transfers.Running.Products;
using B24RobotApp.Transfers.Running.Writing;

namespace B24RobotApp.Transfers.Schemas.DryRuns;

/// <summary>A transfer that is only imagined.</summary>
public sealed record DryRunRequest
{
    public required Portal Portal { get; init; }

    public required EsbConnection Connection { get; init; }

    public required MappingProfile Profile { get; init; }

    /// <summary>The profile's version, <c>code@version</c>.</summary>
    public required string ProfileVersion { get; init; }

    /// <summary>What it is at the source.</summary>
    public CrmKind Kind { get; init; } = CrmKind.Deal;

    /// <summary>The item's id on the source portal.</summary>
    public required long DealId { get; init; }

    /// <summary>The robot's properties, a JSON object of lists of texts; empty for a robot that was dropped and not touched.</summary>
    public string Properties { get; init; } = "{}";

    /// <summary>A user whose tokens may stand in for the installing administrator's.</summary>
    public long? UserId { get; init; }

    /// <summary>In which language problems are told.</summary>
    public required string Language { get; init; }
}

/// <summary>
/// Shows what a transfer of a deal would write, by reading, mapping and planning just as a transfer does, and writes nothing: neither to a portal nor to the store.
/// </summary>
public sealed class DryRun(
    SourceReader reader, DealMapping mapping, RowPreparation rowPreparation, ClientMatcher clients, PassOnChain chain, EsbPortals esbs, LinkStore links, TimeProvider clock)
{
    /// <summary>Makes the report.</summary>
    /// <exception cref="TransferFailedException">The deal cannot be read.</exception>
    /// <exception cref="Bitrix24.Errors.Bitrix24Exception">A portal did not answer, or refused.</exception>
    public async Task<DryRunReport> RunAsync(DryRunRequest request, CancellationToken cancellationToken)
    {
        // Fields that a transfer would create on the ESB are not created by looking.
        request = request with { Connection = request.Connection with { CreateMissingFields = false } };
        var texts = new TransferTexts(request.Language);
        var settings = RobotSettings.Parse(request.Properties, texts);
        var transfer = Imagine(request);
        var source = await reader.ReadAsync(transfer, request.Portal, settings, texts, request.Profile);
        var kind = CrmKind.Find(request.Profile.To) ?? CrmKind.Deal;
        var task = new DealToMap
        {
            SourceKind = request.Kind,
            Kind = kind,
            Portal = request.Portal,
            Connection = request.Connection,
            Profile = request.Profile,
            Settings = settings,
            ItemId = request.DealId,
            Source = source,
            RobotUser = request.UserId,
            Texts = texts,
        };
        var result = await mapping.MapAsync(task, cancellationToken);
        var prepared = result.Deal is { } mapped
            ? await rowPreparation.PrepareAsync(new RowsToPrepare { Portal = request.Portal, Connection = request.Connection, Mapped = mapped, Input = result.Input, UserId = request.UserId })
            : new PreparedRows(null, null, result.Problems);
        var problems = settings.Problems.Select(problem => new MappingProblem("ROBOT_PROPERTY", problem)).Concat(prepared.Problems).ToList();
        if (!request.Profile.IsFor(request.Kind))
        {
            problems.Insert(0, new("PROFILE_OF_OTHER_KIND", texts.ProfileOfOtherKind(request.ProfileVersion, request.Profile.From, request.Kind.Name)));
        }

        var esb = result.Input.Esb;
        var originField = esb.Fields.TryGetValue(kind.OriginField, out var named) ? named.PortalName : kind.OriginField;
        if (named is null && kind.NeedsOriginField)
        {
            problems.Insert(0, new("ORIGIN_FIELD_MISSING", texts.OriginFieldMissing(kind.OriginField, kind.Name)));
        }

        if (await chain.FindObstacleAsync(request.Portal, request.Connection, request.Profile, request.Kind, source, texts, cancellationToken) is { } obstacle)
        {
            problems.Insert(0, new("CAME_FROM_US", obstacle));
        }

        var at = new Place(request, transfer, kind, originField, OriginKey.Of(request.Portal.MemberId, request.Kind, request.DealId));
        var (link, standing) = settings.Mode == TransferMode.Create || (named is null && kind.NeedsOriginField) ? (null, null) : await FindStandingAsync(at, cancellationToken);
        var client = settings.SendClient ? await FindClientAsync(request, source, texts, cancellationToken) : [];
        var report = new DryRunReport
        {
            Outcome = DryRunOutcome.Fail,
            DealId = request.DealId,
            Title = source.Deal.Text("title"),
            Profile = request.ProfileVersion,
            EsbDealId = standing is null ? null : link?.EsbId,
            Problems = problems,
            Client = client,
            Files = settings.SendFiles ? FilesOf(result.Input, request.Language) : [],
            RowsBefore = standing is null ? [] : await ReadRowsAsync(at, link!.EsbId),
        };
        if (prepared.Deal is not { } deal || problems.Count > 0)
        {
            return report;
        }

        if (standing is null)
        {
            var created = (JsonObject)deal.ForCreate.DeepClone();
            at.Origin.WriteTo(created, kind, originField);
            return report with { Outcome = DryRunOutcome.Create, Fields = Describe(request, source, esb, deal, created, null), Rows = deal.Rows };
        }

        if (settings.Mode == TransferMode.Skip)
        {
            return report with { Outcome = DryRunOutcome.Skip, Fields = Describe(request, source, esb, deal, [], standing) };
        }

        var (fields, rowsChanged) = UpdatePlan.Of(deal, Known(client, settings), WriteDigest.Parse(link!.Hash), standing.Value);
        return report with
        {
            Outcome = fields.Count > 0 || rowsChanged ? DryRunOutcome.Update : DryRunOutcome.Nothing,
            Fields = Describe(request, source, esb, deal, fields, standing),
            Rows = rowsChanged ? deal.Rows : null,
        };
    }

    /// <summary>A transfer as the robot's call would make it; it is never stored.</summary>
    private Transfer Imagine(DryRunRequest request)
    {
        var now = clock.GetUtcNow();
        return new Transfer
        {
            Request = new NewTransfer
            {
                Id = TransferId.New(now),
                Portal = request.Portal.Id,
                RobotCode = "",
                EventToken = "",
                WorkflowId = "",
                EntityTypeId = request.Kind.EntityTypeId,
                ItemId = request.DealId,
                UserId = request.UserId,
                Connection = request.Connection.Code,
                Properties = request.Properties,
                Waits = false,
                CalledAt = now,
                ReceivedAt = now,
                GiveUpAt = now,
                Verified = true,
            },
            Sequence = 0,
            State = TransferState.Running,
            DueAt = now,
            Attempt = 1,
        };
    }

    /// <summary>The ESB's deal by its link, or else by its origin.</summary>
    private async Task<(Link? Link, JsonElement? Deal)> FindStandingAsync(
        Place at, CancellationToken cancellationToken)
    {
        var key = EsbWrite.KeyOf(at.Request.Portal, at.Transfer, at.Kind);
        var link = (await links.FindAsync([key], cancellationToken)).GetValueOrDefault(key);
        if (link is { IsKnown: true } && await ReadDealAsync(at, link.EsbId) is { } linked)
        {
            return (link, linked);
        }

        var found = await esbs.CallAsync(
            at.Request.Connection,
            CrmItems.List(at.Kind.EntityTypeId, at.Origin.Filter(at.Kind, at.OriginField), [at.Kind.NeedsOriginField ? "*" : "id"], new JsonObject { ["id"] = "ASC" }));
        return CrmItems.ReadItems(found).Select(item => item.Id("id")).FirstOrDefault(id => id > 0) is { } esbId && await ReadDealAsync(at, esbId) is { } deal
            ? (new Link(key, esbId, null), deal)
            : (null, null);
    }

    private async Task<JsonElement?> ReadDealAsync(Place at, long esbId)
    {
        var outcome = (await esbs.CallGroupAsync(at.Request.Connection, [CrmItems.Get(at.Kind.EntityTypeId, esbId)]))[0];
        return outcome.Failure?.HasCode("NOT_FOUND") == true ? null : CrmItems.ReadItem(outcome.GetOrThrow());
    }

    private async Task<List<JsonElement>> ReadRowsAsync(Place at, long esbId)
    {
        var rows = new List<JsonElement>();
        int? start = 0;
        while (start is { } from)
        {
            var page = await esbs.CallAsync(at.Request.Connection, ProductRows.List(at.Kind.EntityTypeId, esbId, from));
            rows.AddRange(ProductRows.ReadRows(page));
            start = page.Next;
        }

        return rows;
    }

    private async Task<IReadOnlyList<DryRunClient>> FindClientAsync(DryRunRequest request, SourceDeal source, TransferTexts texts, CancellationToken cancellationToken)
    {
        var match = new ClientMatch
        {
            Portal = request.Portal,
            Connection = request.Connection,
            Source = source,
            Rules = request.Profile.Client,
            UserId = request.UserId,
            Texts = texts,
        };
        return
        [
            .. (await clients.FindAsync(match, cancellationToken)).Select(part => new DryRunClient(
                part.Kind == LinkedEntity.Company ? "company" : "contact",
                part.Item.Id("id") ?? 0,
                part.Item.Text("title") ?? string.Join(' ', new[] { part.Item.Text("name"), part.Item.Text("lastName") }.Where(name => !string.IsNullOrEmpty(name))),
                part.EsbId)),
        ];
    }

    private static List<DryRunFiles> FilesOf(MappingInput input, string language) =>
    [
        .. FilePlan.Of(input).Select(rule => new DryRunFiles(
            rule.To.Name, rule.To.Label(language), rule.From.Name, FileFields.Read(input.Source.Deal.Property(rule.From.Name)).Count)),
    ];

    /// <summary>The client for the plan; one with parts that nobody knows yet differs from whatever was written.</summary>
    private static EsbClient? Known(IReadOnlyList<DryRunClient> client, RobotSettings settings) => !settings.SendClient ? null : new EsbClient(
        client.FirstOrDefault(part => part.Kind == "company")?.EsbId,
        [.. client.Where(part => part is { Kind: "contact", EsbId: not null }).Select(part => part.EsbId!.Value).Distinct()],
        []);

    private static List<DryRunField> Describe(
        DryRunRequest request, SourceDeal source, PortalSchema esb, MappedDeal deal, JsonObject sent, JsonElement? standing)
    {
        var origins = new FieldOrigins(request.Profile, esb, source, request.Language);
        var names = deal.ForCreate.Concat(deal.ForUpdate).Concat(sent).Select(field => field.Key).Distinct(StringComparer.Ordinal);
        return [.. names.Select(name =>
        {
            var origin = origins.Of(name);
            var before = standing is { } item && item.TryGetProperty(name, out var value) ? value : (JsonElement?)null;
            var after = sent.TryGetPropertyValue(name, out var written) ? written : before is { } kept ? JsonNode.Parse(kept.GetRawText()) : null;
            return new DryRunField(
                origin.Field,
                origin.Label,
                origin.Rule,
                origin.Source,
                written?.DeepClone(),
                before,
                after?.DeepClone());
        })];
    }

    /// <summary>Where on the ESB to look.</summary>
    private sealed record Place(DryRunRequest Request, Transfer Transfer, CrmKind Kind, string OriginField, OriginKey Origin);
}
