using System.Globalization;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Waits;
using Microsoft.Extensions.Hosting;

namespace B24RobotApp.Transfers.Sharing;

/// <summary>What servers say to each other: that a portal has transfers waiting (to the server whose portal it is), and that an ESB's webhook has spoken (to the one that leads).</summary>
internal sealed class ServerMessages(ServerTalk talk, LeasedShare share, TransferSignal signal, EsbHints hints) : IHostedService
{
    private const string LaneWord = "lane";
    private const string HintWord = "hint";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        talk.Heard += Hear;
        hints.Heard += SayHint;
        share.Told += SayLane;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        talk.Heard -= Hear;
        hints.Heard -= SayHint;
        share.Told -= SayLane;
        return Task.CompletedTask;
    }

    private void SayLane(Lane lane) => talk.Say($"{LaneWord} {lane.Portal} {lane.Connection}");

    private void SayHint(string connection, EsbItem item)
    {
        if (!share.Leads)
        {
            talk.Say(string.Create(CultureInfo.InvariantCulture, $"{HintWord} {item.EntityTypeId} {item.Id} {connection}"));
        }
    }

    private void Hear(string text)
    {
        switch (text.Split(' ', 4))
        {
            case [LaneWord, var portal, .. var connection] when long.TryParse(portal, CultureInfo.InvariantCulture, out var id) && share.Portals.Contains(new PortalId(id)):
                signal.Wake(new Lane(new PortalId(id), string.Join(' ', connection)));
                break;
            case [HintWord, var type, var item, var connection]
                when share.Leads && int.TryParse(type, CultureInfo.InvariantCulture, out var entityTypeId) && long.TryParse(item, CultureInfo.InvariantCulture, out var id):
                hints.Note(connection, new EsbItem(entityTypeId, id));
                break;
        }
    }
}
