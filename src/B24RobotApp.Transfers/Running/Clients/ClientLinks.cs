using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;

namespace B24RobotApp.Transfers.Running.Clients;

/// <summary>What the hash of a client's link says: nothing, that its requisites are still to be written, or which state of the source was written.</summary>
internal static class ClientLinks
{
    private const string DetailsOpen = "-";

    /// <summary>Right after the creation: if there are requisites, they come next, and a crash must not lose them.</summary>
    public static string HashAfterCreation(ClientEntity entity) => entity.Requisites.Count > 0 ? DetailsOpen : entity.Digest();

    /// <summary>Whether the client was created, and its requisites were not written yet.</summary>
    public static bool LacksDetails(Link link) => link.Hash == DetailsOpen;

    /// <summary>Whether the ESB's client has to be looked at because of the source.</summary>
    public static bool HasNews(Link link, ClientEntity entity, ClientRules rules) =>
        LacksDetails(link) || (rules.Policy is ClientPolicy.FillEmpty or ClientPolicy.Overwrite && link.Hash != entity.Digest());
}
