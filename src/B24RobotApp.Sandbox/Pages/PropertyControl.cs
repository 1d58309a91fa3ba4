using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>The control that the designer generates for a robot's property, by its type.</summary>
internal static class PropertyControl
{
    /// <summary>Empty lines that a multiple text offers for more values.</summary>
    private const int EmptyLines = 1;

    public static Html Show(PageRequest request, string id, JsonObject property, JsonNode? value)
    {
        var isMultiple = RobotValues.IsYes(property["MULTIPLE"]);
        var name = $"property_{id.ToLowerInvariant()}{(isMultiple ? "[]" : "")}";
        var values = (value.AsList() ?? [value]).Select(item => item.AsText()).OfType<string>().ToList();
        var title = RobotTexts.Localized(property["NAME"], request.Texts.Language);
        var description = RobotTexts.Localized(property["DESCRIPTION"], request.Texts.Language);
        var isRequired = RobotValues.IsYes(property["REQUIRED"]);
        return Html.Of($"""
            <div class="property" data-property="{id}">
            <span class="title" id="title-{id}">{title}{Html.If(isRequired, " *")}</span>
            {Control(request, property, name, values, id, isMultiple, isRequired)}
            {Html.If(description.Length > 0, $"<span class=\"quiet\">{description}</span>")}
            </div>
            """);
    }

    private static Html Control(PageRequest request, JsonObject property, string name, List<string> values, string id, bool isMultiple, bool isRequired)
    {
        var texts = request.Texts;
        var attributes = Html.Of($"name=\"{name}\" aria-labelledby=\"title-{id}\"{Html.If(isMultiple, " multiple")}{Html.If(isRequired, " required")}");
        switch (property["TYPE"].AsText())
        {
            case "bool":
                (string Code, string Name)[] answers = [("", texts["bool.unset"]), ("Y", texts["bool.Y"]), ("N", texts["bool.N"])];
                return Html.Of($"<select {attributes}>{answers.Select(answer => Layout.Option(answer.Code, answer.Name, values.Contains(answer.Code)))}</select>");
            case "select":
                var options = (property["OPTIONS"].AsMap() ?? []).Select(option => Layout.Option(option.Key, RobotTexts.Localized(option.Value, texts.Language), values.Contains(option.Key)));
                return Html.Of($"<select {attributes}>{(isMultiple ? options : options.Prepend(Layout.Option("", texts["bool.unset"])))}</select>");
            case "user":
                var users = request.Portal.Users.Where(user => user.IsActive).Select(user => (Code: "user_" + user.Id.ToString(CultureInfo.InvariantCulture), Name: $"{user.Name} {user.LastName}"));
                var chosen = users.Select(user => Layout.Option(user.Code, user.Name, values.Contains(user.Code)));
                return Html.Of($"<select {attributes}>{(isMultiple ? chosen : chosen.Prepend(Layout.Option("", texts["bool.unset"])))}</select>");
            case "text":
                return Html.Of($"<textarea name=\"{name}\" aria-labelledby=\"title-{id}\" rows=\"3\"{Html.If(isRequired, " required")}>{values.FirstOrDefault()}</textarea>");
            default:
                return isMultiple
                    ? Html.Join(values.Concat(Enumerable.Repeat("", EmptyLines)).Select(value => Html.Of($"<input name=\"{name}\" aria-labelledby=\"title-{id}\" value=\"{value}\" data-many>")))
                    : Html.Of($"<input {attributes} value=\"{values.FirstOrDefault()}\">");
        }
    }
}
