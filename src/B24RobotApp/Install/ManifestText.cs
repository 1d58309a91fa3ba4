using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Settings;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Install;

/// <summary>What an administrator enters in the portal's developer section, for this server.</summary>
internal sealed class ManifestText(AppManifest manifest, IOptions<AppOptions> app)
{
    /// <summary>The card with full addresses.</summary>
    public JsonObject Card
    {
        get
        {
            var card = (JsonObject)manifest.Card.DeepClone();
            foreach (var path in new[] { "handler", "install" })
            {
                card[path] = app.Value.Address(card[path]!.GetValue<string>()).AbsoluteUri;
            }

            return card;
        }
    }

    public string Write()
    {
        var card = Card;
        var text = new StringBuilder();
        void Line(string russian, string english, string value) => text.Append($"{russian} / {english}:\n    {value}\n\n");
        text.Append("Битрикс24: Разработчикам → Другое → Локальное приложение\nBitrix24: Developer resources → Other → Local application\n\n");
        Line("Путь вашего обработчика", "Your handler path", card["handler"]!.GetValue<string>());
        Line("Путь для первоначальной установки", "Initial installation path", card["install"]!.GetValue<string>());
        Line("Название пункта меню (русский)", "Menu item text (Russian)", card["menu"]!["ru"]!.GetValue<string>());
        Line("Название пункта меню (английский)", "Menu item text (English)", card["menu"]!["en"]!.GetValue<string>());
        Line("Права доступа", "Permissions", string.Join(", ", card["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>())));
        return text.ToString();
    }
}
