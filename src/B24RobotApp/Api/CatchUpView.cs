using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Api;

/// <summary>What a portal tells of lost robot calls, as people and scripts see it.</summary>
internal sealed record CatchUpView
{
    public required string Portal { get; init; }

    /// <summary>Whether those of which everything speaks for it are sent after a start without asking.</summary>
    public required CatchUpMode Mode { get; init; }

    /// <summary>Whether a person has something to decide or to look after.</summary>
    public required bool IsToActOn { get; init; }

    /// <summary>Whether the portal tells which workflows wait.</summary>
    public required bool TellsWorkflows { get; init; }

    /// <summary>Whether the ESBs told what they hold.</summary>
    public required bool EsbsTold { get; init; }

    /// <summary>When the app did not listen.</summary>
    public required IReadOnlyList<Gap> Gaps { get; init; }

    /// <summary>The stages that were looked at, with what would be sent from each.</summary>
    public required IReadOnlyList<Stage> Stages { get; init; }

    public required IReadOnlyList<Candidate> Candidates { get; init; }

    public required IReadOnlyList<Workflow> Workflows { get; init; }

    /// <summary>A stage from which a robot was seen to call.</summary>
    /// <param name="Robot">The robot's code.</param>
    /// <param name="Kind">The kind of items.</param>
    /// <param name="Code">The stage.</param>
    /// <param name="CategoryId">Its pipeline.</param>
    /// <param name="Connection">The ESB to which it sends.</param>
    /// <param name="Properties">The robot's settings as they are sent with what is caught up: those of its last call.</param>
    /// <param name="LeftOut">Settings that differ from item to item and are not sent.</param>
    /// <param name="LastCalledAt">When it called last.</param>
    internal sealed record Stage(
        string Robot, string Kind, string Code, long? CategoryId, string Connection, JsonNode? Properties, IReadOnlyList<string> LeftOut, DateTimeOffset LastCalledAt);

    /// <summary>An item that came to such a stage, and of which no call has come.</summary>
    internal sealed record Candidate
    {
        /// <summary>Names it: send or dismiss it by this.</summary>
        public required string Key { get; init; }

        public required string Kind { get; init; }

        public required long ItemId { get; init; }

        public required string ItemUrl { get; init; }

        public required string Title { get; init; }

        public required string Stage { get; init; }

        public required string Connection { get; init; }

        public required DateTimeOffset EnteredAt { get; init; }

        public DateTimeOffset? LeftAt { get; init; }

        public required string CurrentStage { get; init; }

        public string? WorkflowId { get; init; }

        public long? EsbId { get; init; }

        public required CatchUpVerdict Verdict { get; init; }

        /// <summary>What speaks for a lost call, in words.</summary>
        public required IReadOnlyList<string> For { get; init; }

        /// <summary>What speaks against it.</summary>
        public required IReadOnlyList<string> Against { get; init; }
    }

    /// <summary>A workflow whose robot's call was lost.</summary>
    /// <param name="Id">The workflow.</param>
    /// <param name="Kind">The kind of items.</param>
    /// <param name="ItemId">Its item.</param>
    /// <param name="ItemUrl">Where the portal shows it.</param>
    /// <param name="Title">The item's title.</param>
    /// <param name="Stage">The stage on which it waits.</param>
    /// <param name="Since">Since when.</param>
    /// <param name="EndsAt">When it goes on by itself.</param>
    /// <param name="WaysOut">What can be done, in words.</param>
    internal sealed record Workflow(
        string Id, string Kind, long ItemId, string ItemUrl, string Title, string Stage, DateTimeOffset Since, DateTimeOffset? EndsAt, string WaysOut);

    public static CatchUpView Of(Portal portal, CatchUpReport report, CatchUpMode mode, string language)
    {
        var texts = new CatchUpTexts(language);
        return new CatchUpView
        {
            Portal = portal.Address.Authority,
            Mode = mode,
            IsToActOn = report.IsToActOn,
            TellsWorkflows = report.TellsWorkflows,
            EsbsTold = report.EsbsTold,
            Gaps = report.Gaps,
            Stages =
            [
                .. report.Stages.Select(stage => new Stage(
                    stage.RobotCode, KindOf(stage.EntityTypeId).Name, stage.Stage, stage.CategoryId, stage.Connection, JsonNode.Parse(stage.CommonProperties), stage.LeftOut, stage.LastCalledAt)),
            ],
            Candidates = [.. report.Candidates.Select(candidate => ToCandidate(portal, candidate, texts))],
            Workflows =
            [
                .. report.Workflows.Select(workflow => new Workflow(
                    workflow.Id, KindOf(workflow.EntityTypeId).Name, workflow.ItemId, UrlOf(portal, workflow.EntityTypeId, workflow.ItemId), workflow.Title, workflow.Stage, workflow.Since, workflow.EndsAt,
                    texts.WaysOut(workflow))),
            ],
        };
    }

    private static Candidate ToCandidate(Portal portal, CatchUpCandidate candidate, CatchUpTexts texts) => new()
    {
        Key = candidate.Key,
        Kind = KindOf(candidate.Robot.EntityTypeId).Name,
        ItemId = candidate.ItemId,
        ItemUrl = UrlOf(portal, candidate.Robot.EntityTypeId, candidate.ItemId),
        Title = candidate.Title,
        Stage = candidate.Robot.Stage,
        Connection = candidate.Robot.Connection,
        EnteredAt = candidate.EnteredAt,
        LeftAt = candidate.LeftAt,
        CurrentStage = candidate.CurrentStage,
        WorkflowId = candidate.WorkflowId,
        EsbId = candidate.EsbId,
        Verdict = candidate.Verdict,
        For = [.. candidate.Reasons.Where(reason => reason.SpeaksFor).Select(texts.Of)],
        Against = [.. candidate.Reasons.Where(reason => !reason.SpeaksFor).Select(texts.Of)],
    };

    private static string UrlOf(Portal portal, int entityTypeId, long itemId) => new Uri(portal.Address, KindOf(entityTypeId).DetailsPath(itemId)).AbsoluteUri;

    private static CrmKind KindOf(int entityTypeId) => CrmKind.Find(entityTypeId) ?? CrmKind.Deal;
}
