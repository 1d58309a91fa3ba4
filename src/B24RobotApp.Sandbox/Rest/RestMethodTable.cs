using B24RobotApp.Sandbox.Crm;
using B24RobotApp.Sandbox.Methods;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>The methods a portal knows.</summary>
public sealed class RestMethodTable
{
    private readonly Dictionary<string, RestMethod> _methods = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<RestMethod> All => _methods.Values;

    /// <summary>All that the sandbox has.</summary>
    public static RestMethodTable Create()
    {
        var table = new RestMethodTable();
        ApplicationMethods.Register(table);
        OptionMethods.Register(table);
        EventMethods.Register(table);
        PlacementMethods.Register(table);
        RobotMethods.Register(table);
        WorkflowMethods.Register(table);
        CrmMethods.Register(table);
        return table;
    }

    public void Add(RestMethod method) => _methods.Add(method.Name, method);

    public void Add(string name, string? scope, RestHandler handler) => Add(new RestMethod(name, scope, handler));

    /// <summary>Puts something around a method, to let it go wrong in a way of one's own. Not while requests are under way.</summary>
    public void Wrap(string name, Func<RestHandler, RestHandler> around) =>
        _methods[name] = _methods[name] with { Handler = around(_methods[name].Handler) };

    public RestMethod? Find(string name) => _methods.GetValueOrDefault(name);
}
