namespace B24RobotApp.Sandbox.Rest;

/// <summary>The methods a portal knows.</summary>
public sealed class RestMethodTable
{
    private readonly Dictionary<string, RestMethod> _methods = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<RestMethod> All => _methods.Values;

    public void Add(RestMethod method) => _methods.Add(method.Name, method);

    public void Add(string name, string? scope, RestHandler handler) => Add(new RestMethod(name, scope, handler));

    public RestMethod? Find(string name) => _methods.GetValueOrDefault(name);
}
