using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>user.*</c> and <c>department.get</c>. How much of a user is shown depends on the scope.</summary>
internal static class UserMethods
{
    /// <summary>What <c>user_brief</c> shows: nothing by which a person could be reached.</summary>
    private static readonly HashSet<string> Brief =
    [
        "ID", "XML_ID", "ACTIVE", "NAME", "LAST_NAME", "SECOND_NAME", "TITLE", "IS_ONLINE", "TIME_ZONE", "PERSONAL_PHOTO", "TIMESTAMP_X",
        "DATE_REGISTER", "PERSONAL_GENDER", "PERSONAL_BIRTHDAY", "PERSONAL_CITY", "WORK_POSITION", "LAST_ACTIVITY_DATE", "UF_EMPLOYMENT_DATE",
        "UF_DEPARTMENT", "USER_TYPE",
    ];

    /// <summary>What only the full <c>user</c> shows.</summary>
    private static readonly HashSet<string> FullOnly = ["LAST_LOGIN", "PERSONAL_WWW"];

    private static readonly string[] Searched = ["NAME", "LAST_NAME", "WORK_POSITION"];

    public static void Register(RestMethodTable table)
    {
        Add(table, "user.current", call => View(call, call.User, inList: false));
        Add(table, "user.get", call => List(call, search: false));
        Add(table, "user.search", call => List(call, search: true));
        table.Add("department.get", "department", Departments);
    }

    private static void Add(RestMethodTable table, string name, RestHandler handler) =>
        table.Add(new RestMethod(name, "user", handler) { OtherScopes = ["user_basic", "user_brief"] });

    private static JsonArray List(RestCall call, bool search)
    {
        var users = call.Portal.Users.OrderBy(user => user.Id).Select(user => View(call, user, inList: true)).ToList();
        Column<JsonObject>? Find(string name) => users.Exists(user => user.ContainsKey(name)) ? ToColumn(name) : null;

        var filter = call.Classic("filter").AsMap() ?? call.Parameters;
        var words = (filter["FIND"] ?? filter["NAME_SEARCH"]).AsText()?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var conditions = new FilterParser<JsonObject>(Find, call.Portal.Now, strict: false).Parse(Conditions(filter, search));
        var rows = users.Where(user => words.All(word => IsNamed(user, word)) && conditions.Matches(user));

        if (call.Classic("sort").AsText() is { Length: > 0 } sort)
        {
            var direction = call.Classic("order").AsText() ?? "ASC";
            rows = RowOrder.Sort(rows, new JsonObject { [sort] = direction }, Find, strict: false);
        }
        var select = call.Classic("select").AsList()?.Select(name => name.AsText()).ToHashSet() ?? [];
        return new JsonArray([.. call.Page(rows).Select(user => select.Count == 0 || select.Contains("*")
            ? (JsonNode)user
            : new JsonObject(user.Where(cell => select.Contains(cell.Key)).Select(cell => KeyValuePair.Create(cell.Key, cell.Value?.DeepClone()))))]);
    }

    private static bool IsNamed(JsonObject user, string word) =>
        Searched.Any(name => (user[name].AsText() ?? "").Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The conditions with their meaning spelled out: a percent sign in a plain one makes it a pattern, and a search by
    /// name takes a part of it.
    /// </summary>
    private static JsonObject Conditions(JsonObject filter, bool search) => new(filter.Select(condition =>
    {
        var (name, value) = condition;
        var prefix = "";
        if (search && Searched.Contains(name))
        {
            prefix = "%";
        }
        else if (char.IsAsciiLetter(name[0]) && value.AsText()?.Contains('%', StringComparison.Ordinal) == true)
        {
            prefix = "=%";
        }
        return KeyValuePair.Create(prefix + name, value?.DeepClone());
    }));

    private static Column<JsonObject> ToColumn(string name) => name switch
    {
        "ID" => new(name, FieldType.Integer, user => user[name].ToLong()),
        "ACTIVE" => new(name, FieldType.Boolean, user => user[name]!.GetValue<bool>()),
        "UF_DEPARTMENT" => new(name, FieldType.Integer, user => (user[name].AsList() ?? []).Select(id => (object)id.ToLong()).ToList()),
        _ => new(name, FieldType.String, user => user[name].AsText()),
    };

    private static JsonObject View(RestCall call, SandboxUser user, bool inList)
    {
        var registered = PhpDate.Write(call.Portal.Now.AddYears(-1), TimeSpan.Zero);
        var view = new JsonObject
        {
            ["ID"] = user.Id.ToPhp(),
            ["ACTIVE"] = user.IsActive,
            ["NAME"] = user.Name,
            ["LAST_NAME"] = user.LastName,
            ["SECOND_NAME"] = "",
            ["EMAIL"] = user.Email ?? "",
            ["LAST_LOGIN"] = registered,
            ["DATE_REGISTER"] = registered,
            ["TIME_ZONE"] = "",
            ["IS_ONLINE"] = "N",
        };
        if (inList)
        {
            view["TIMESTAMP_X"] = PhpOutput.EmptyObject();
            view["LAST_ACTIVITY_DATE"] = PhpOutput.EmptyObject();
        }
        else
        {
            view["LAST_ACTIVITY_DATE"] = call.Portal.Now.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        }
        view["PERSONAL_GENDER"] = "";
        view["PERSONAL_WWW"] = "";
        view["PERSONAL_BIRTHDAY"] = "";
        view["PERSONAL_MOBILE"] = "";
        view["PERSONAL_CITY"] = "";
        view["WORK_PHONE"] = "";
        view["WORK_POSITION"] = user.WorkPosition ?? "";
        view["UF_EMPLOYMENT_DATE"] = "";
        view["UF_DEPARTMENT"] = new JsonArray(1);
        if (inList)
        {
            view["USER_TYPE"] = "employee";
        }
        foreach (var name in view.Select(cell => cell.Key).Where(name => IsHidden(name, call.Scopes)).ToList())
        {
            view.Remove(name);
        }
        return view;
    }

    private static bool IsHidden(string name, IReadOnlySet<string> scopes) =>
        !scopes.Contains("user") && (scopes.Contains("user_basic") ? FullOnly.Contains(name) : !Brief.Contains(name));

    private static JsonArray Departments(RestCall call)
    {
        var rows = call.Portal.Crm.Data.Departments.Select(department =>
        {
            var row = new JsonObject { ["ID"] = department.Id.ToPhp(), ["NAME"] = department.Name, ["SORT"] = department.Sort };
            if (department.ParentId is { } parent)
            {
                row["PARENT"] = parent.ToPhp();
            }
            if (department.HeadId is { } head)
            {
                row["UF_HEAD"] = head.ToPhp();
            }
            return row;
        }).Where(row => row.All(cell => call.Parameters[cell.Key] is null || call.Parameters[cell.Key].AsText() == cell.Value.AsText()));
        return new JsonArray([.. call.Page(rows)]);
    }
}
