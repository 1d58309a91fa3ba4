using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Sendings;

namespace B24RobotApp.Api;

/// <summary>A sending as the pages and the commands show it.</summary>
internal sealed record SendingView(
    long Id, string Portal, string Connection, SendingState State, long Total, long Taken, long Open, long Arrived, long Failed, string? Problem, SendingFilter Filter, DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt)
{
    public static SendingView Of(Sending sending, Portal? portal) => new(
        sending.Id, portal?.Address.Authority ?? "", sending.Connection, sending.State, sending.Total, sending.Taken, sending.Open, sending.Arrived, sending.Failed, sending.Problem, sending.Filter,
        sending.StartedAt, sending.FinishedAt);
}
