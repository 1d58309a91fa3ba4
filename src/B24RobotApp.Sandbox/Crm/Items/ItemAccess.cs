using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>Who may see and change what.</summary>
internal sealed class ItemAccess(CrmRights rights)
{
    public bool CanRead(SandboxUser user, CrmItem item) =>
        user.IsAdmin || (!rights.None.Contains(user.Id) && (!IsLimited(user, item.Type) || item.Number("ASSIGNED_BY_ID") == user.Id));

    public bool CanWrite(SandboxUser user, CrmItem item) => CanRead(user, item) && CanAdd(user);

    public bool CanAdd(SandboxUser user) => user.IsAdmin || (!rights.None.Contains(user.Id) && !rights.ReadOnly.Contains(user.Id));

    public bool CanReadType(SandboxUser user) => user.IsAdmin || !rights.None.Contains(user.Id);

    /// <summary>Whether a list must look at each item.</summary>
    public bool SeesAll(SandboxUser user, EntityType type) => user.IsAdmin || (!rights.None.Contains(user.Id) && !IsLimited(user, type));

    /// <summary>The item, or the newer methods' answer where it is not there or not for this user.</summary>
    public CrmItem Require(ItemStore store, long id, SandboxUser user, bool toWrite = false)
    {
        var item = store.Find(id) ?? throw NotFound();
        return (toWrite ? CanWrite(user, item) : CanRead(user, item)) ? item : throw Denied();
    }

    public static RestError NotFound() => new("NOT_FOUND", "Item not found");

    public static RestError Denied() => new("ACCESS_DENIED", "Access denied");

    private bool IsLimited(SandboxUser user, EntityType type) => type.Id == EntityTypes.DealId && rights.OwnDealsOnly.Contains(user.Id);
}
