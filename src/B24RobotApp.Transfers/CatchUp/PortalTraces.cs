using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>What a source portal tells of the ways of its items: which stages they came to, how they stand now, and which workflows wait. Read with the installing administrator's tokens.</summary>
public sealed class PortalTraces(SourcePortals sources)
{
    /// <summary>Pages of one list after which the rest is left unread: ten thousand lines.</summary>
    private const int MostPages = 200;

    /// <summary>Workflows end while their pages are read, and those behind them move up; pages overlap, so that none is missed.</summary>
    private const int PageStep = 40;

    /// <summary>Who came to a stage in a stretch of time; <see langword="null"/> if the portal keeps no history of this kind of items.</summary>
    /// <exception cref="Bitrix24Exception">The portal does not answer.</exception>
    public Task<IReadOnlyList<StageEntry>?> EntriesAsync(Portal portal, int entityTypeId, string stage, Gap window, CancellationToken cancellationToken) =>
        PagesAsync(portal, after => StageHistory.OfStage(entityTypeId, stage, window.From, window.To, after), cancellationToken);

    /// <summary>Who came to a stage last before a time, 50 at most.</summary>
    /// <exception cref="Bitrix24Exception">The portal does not answer.</exception>
    public async Task<IReadOnlyList<StageEntry>> LatestEntriesAsync(Portal portal, int entityTypeId, string stage, DateTimeOffset before)
    {
        try
        {
            return [.. StageHistory.Read(await sources.CallAsync(portal, null, StageHistory.LatestOfStage(entityTypeId, stage, before)))];
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            return [];
        }
    }

    /// <summary>All stages that items came to, as far as the portal remembers, in their order.</summary>
    /// <exception cref="Bitrix24Exception">The portal does not answer.</exception>
    public async Task<ILookup<long, StageEntry>> HistoriesAsync(Portal portal, int entityTypeId, IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        var pages = await Task.WhenAll(ids.Chunk(BatchLimits.PageSize).Select(chunk => PagesAsync(portal, after => StageHistory.OfItems(entityTypeId, chunk, after), cancellationToken)));
        return pages.SelectMany(entries => entries ?? []).DistinctBy(entry => entry.Id).OrderBy(entry => entry.At).ThenBy(entry => entry.Id).ToLookup(entry => entry.OwnerId);
    }

    /// <summary>Items as they stand now; those that are gone, or that the app may not read, are missing.</summary>
    /// <exception cref="Bitrix24Exception">The portal does not answer.</exception>
    public async Task<IReadOnlyDictionary<long, JsonElement>> ItemsAsync(Portal portal, int entityTypeId, IReadOnlyCollection<long> ids)
    {
        var pages = await Task.WhenAll(ids.Chunk(BatchLimits.PageSize).Select(chunk => sources.CallAsync(
            portal, null, CrmItems.List(entityTypeId, new JsonObject { ["@id"] = new JsonArray([.. chunk.Select(id => JsonValue.Create(id))]) }, ["id", "title", "stageId", "createdTime"]))));
        return pages.SelectMany(CrmItems.ReadItems).Where(item => item.Id("id") is not null).DistinctBy(item => item.Id("id")).ToDictionary(item => item.Id("id")!.Value);
    }

    /// <summary>Workflows of templates that wait, among those that began after a time; <see langword="null"/> if the portal does not tell: its plan lacks the workflow designer, or the installing user is no administrator.</summary>
    /// <exception cref="Bitrix24Exception">The portal does not answer.</exception>
    public async Task<IReadOnlyList<WorkflowInstance>?> WaitingAsync(Portal portal, IReadOnlyCollection<StageTemplate> templates, DateTimeOffset since, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            var found = await Task.WhenAll(templates.Select(template => OfTemplateAsync(portal, template.TemplateId, since, cancellationToken)));

            // Owned is what is being executed at this moment; the documentation calls it stuck when it has been so for five minutes.
            return [.. found.SelectMany(workflows => workflows).Where(workflow => !(workflow.OwnedUntil > now - TimeSpan.FromMinutes(5)))];
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            return null;
        }
    }

    /// <summary>A workflow as it stands now; <see langword="null"/> if it is over.</summary>
    /// <exception cref="Bitrix24Exception">The portal does not answer, or does not tell.</exception>
    public async Task<WorkflowInstance?> FindWorkflowAsync(Portal portal, string id)
    {
        var page = await sources.CallAsync(portal, null, WorkflowInstances.List(new JsonObject { ["ID"] = id }));

        // A condition that a portal does not know makes the list longer: each row is looked at.
        return WorkflowInstances.Read(page).FirstOrDefault(workflow => workflow.Id == id);
    }

    private async Task<IReadOnlyList<WorkflowInstance>> OfTemplateAsync(Portal portal, long templateId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, WorkflowInstance>(StringComparer.Ordinal);
        for (var page = 0; page < MostPages; page++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var answer = await sources.CallAsync(portal, null, WorkflowInstances.List(new JsonObject { ["TEMPLATE_ID"] = templateId }, page * PageStep, youngestFirst: true));
            var workflows = WorkflowInstances.Read(answer).ToList();
            foreach (var workflow in workflows.Where(workflow => workflow.TemplateId == templateId && workflow.Id.Length > 0))
            {
                found[workflow.Id] = workflow;
            }

            if (answer.Next is null || workflows.Count == 0 || workflows[^1].StartedAt < since)
            {
                break;
            }
        }

        return [.. found.Values];
    }

    private async Task<IReadOnlyList<StageEntry>?> PagesAsync(Portal portal, Func<long, Call> page, CancellationToken cancellationToken)
    {
        var entries = new List<StageEntry>();
        try
        {
            for (var pages = 0; pages < MostPages; pages++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var answer = await sources.CallAsync(portal, null, page(entries.Count > 0 ? entries.Max(entry => entry.Id) : 0));
                var read = StageHistory.Read(answer).ToList();
                entries.AddRange(read);
                if (answer.Result.Property("items").AsList().Count() < BatchLimits.PageSize || read.Count == 0)
                {
                    break;
                }
            }

            return entries;
        }
        catch (Bitrix24Exception exception) when (exception.HasCode("ENTITY_TYPE_NOT_SUPPORTED") || exception.HasCode("ERROR_METHOD_NOT_FOUND"))
        {
            return null;
        }
    }
}
