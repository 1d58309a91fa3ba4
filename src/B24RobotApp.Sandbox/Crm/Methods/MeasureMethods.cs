using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Lists;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm.Methods;

/// <summary><c>crm.measure.list</c>: the older list of measures, which any user may read with the scope of the CRM.</summary>
internal static class MeasureMethods
{
    public static void Register(RestMethodTable table) => table.Add("crm.measure.list", "crm", List);

    private static JsonArray List(RestCall call) => ClassicList.Answer(call, call.Portal.Crm.Data.Measures.Select(measure => new JsonObject
    {
        ["ID"] = measure.Id.ToPhp(),
        ["CODE"] = measure.Code.ToPhp(),
        ["MEASURE_TITLE"] = measure.Title,
        ["SYMBOL_RUS"] = measure.Symbol,
        ["SYMBOL_INTL"] = measure.SymbolIntl,
        ["SYMBOL_LETTER_INTL"] = measure.SymbolIntl.ToUpperInvariant(),
        ["IS_DEFAULT"] = measure.IsDefault ? "Y" : "N",
    }));
}
