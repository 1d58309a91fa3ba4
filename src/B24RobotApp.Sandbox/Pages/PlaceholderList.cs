using B24RobotApp.Sandbox.Automation;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>What a robot's text may take in: the deal's fields and what earlier robots of the stage return.</summary>
internal static class PlaceholderList
{
    public static IEnumerable<(string Code, string Title)> Of(PageRequest request, IReadOnlyList<RobotStep> earlier) =>
        earlier.OfType<AppRobotStep>().SelectMany(step => Returned(request, step))
            .Concat(request.Portal.Crm.Data.Deals.Type.Fields.Where(field => !field.IsDisabled).Select(field => ($"{{=Document:{field.Name}}}", DealFields.Title(request, field))));

    public static IEnumerable<(string Code, string Title)> Returned(PageRequest request, AppRobotStep step) => RobotTexts.Find(request.Portal, step) is var (_, definition)
        ? definition.ReturnProperties.Select(value => ($"{{={step.Name}:{value.Key}}}", $"{RobotTexts.Name(request, step)}: {RobotTexts.Localized(value.Value?["NAME"], request.Texts.Language)}"))
        : [];
}
