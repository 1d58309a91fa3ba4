using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Commands;

/// <summary>A transfer as the command line shows it.</summary>
internal sealed record TransferView
{
    public required string Id { get; init; }

    public required string Portal { get; init; }

    public required long Deal { get; init; }

    public string? Title { get; init; }

    public required string Connection { get; init; }

    public required TransferState State { get; init; }

    public required int Attempt { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public string? Profile { get; init; }

    public OutcomeStatus? Status { get; init; }

    public long? EsbDeal { get; init; }

    public string? EsbDealUrl { get; init; }

    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    /// <summary>The stage on which the deal stood when it was read.</summary>
    public string? Stage { get; init; }

    /// <summary>Whether it was sent though no robot call had come for it.</summary>
    public bool IsCaughtUp { get; init; }

    /// <summary>What the robot was set to.</summary>
    public required string Properties { get; init; }

    public IReadOnlyList<TransferAttempt>? Attempts { get; init; }

    public static TransferView Of(Transfer transfer, IReadOnlyDictionary<PortalId, Portal> portals) => new()
    {
        Id = transfer.Id.Value,
        Portal = portals.GetValueOrDefault(transfer.Request.Portal)?.Address.Authority ?? $"portal {transfer.Request.Portal}",
        Deal = transfer.Request.ItemId,
        Title = transfer.Title,
        Connection = transfer.Request.Connection,
        State = transfer.State,
        Attempt = transfer.Attempt,
        ReceivedAt = transfer.Request.ReceivedAt,
        DueAt = transfer.DueAt,
        FinishedAt = transfer.FinishedAt,
        Profile = transfer.Profile,
        Status = transfer.Outcome?.Status,
        EsbDeal = transfer.Outcome?.EsbDealId,
        EsbDealUrl = transfer.Outcome?.EsbDealUrl,
        ErrorCode = transfer.Outcome?.ErrorCode is { Length: > 0 } code ? code : null,
        ErrorMessage = transfer.Outcome?.ErrorMessage is { Length: > 0 } message ? message : null,
        Properties = transfer.Request.Properties,
        Stage = transfer.Stage,
        IsCaughtUp = transfer.IsCaughtUp,
    };

    public IEnumerable<string> ToLines()
    {
        yield return $"Transfer    {Id}";
        yield return $"From        {Portal}, deal {Deal} {Title}";
        yield return $"To          {(Connection.Length > 0 ? Connection : "no connection")}{(Profile is null ? "" : $", profile {Profile}")}";
        yield return $"State       {State.ToString().ToLowerInvariant()}, attempt {Attempt}{(IsCaughtUp ? ", caught up" : "")}";
        if (Stage is not null)
        {
            yield return $"Stage       {Stage}";
        }

        yield return $"Received    {ReceivedAt:yyyy-MM-dd HH:mm:ss} UTC";
        if (FinishedAt is null)
        {
            yield return $"Due         {DueAt:yyyy-MM-dd HH:mm:ss} UTC";
        }
        else
        {
            yield return $"Finished    {FinishedAt:yyyy-MM-dd HH:mm:ss} UTC";
        }

        if (EsbDeal is not null)
        {
            yield return $"ESB deal    {EsbDeal} {EsbDealUrl} ({Status.ToString()?.ToLowerInvariant()})";
        }

        if (ErrorCode is not null || ErrorMessage is not null)
        {
            yield return $"Error       {ErrorCode}: {ErrorMessage}";
        }

        yield return $"Robot       {Properties}";
        foreach (var attempt in Attempts ?? [])
        {
            var end = attempt.Failure is null ? "done" : $"{attempt.Failure} {attempt.ErrorCode} {attempt.ErrorMessage}";
            yield return $"  {attempt.Number,3}. {attempt.StartedAt:yyyy-MM-dd HH:mm:ss} {(attempt.EndedAt - attempt.StartedAt).TotalSeconds,7:0.000} s  {attempt.Step}: {end}";
        }
    }
}
