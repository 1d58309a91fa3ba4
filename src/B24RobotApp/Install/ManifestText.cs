using System.Text;
using B24RobotApp.Settings;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Install;

/// <summary>What an administrator enters in the portal's developer section, for this server.</summary>
internal sealed class ManifestText(AppManifest manifest, IOptions<AppOptions> app)
{
    public string Write()
    {
        var card = manifest.Card;
        var text = new StringBuilder();
        void Line(string russian, string english, string value) => text.Append($"{russian} / {english}:\n    {value}\n\n");
        text.Append("Битрикс24: Разработчикам → Другое → Локальное приложение\nBitrix24: Developer resources → Other → Local application\n\n");
        Line("Путь вашего обработчика", "Your handler path", app.Value.Address(Path("handler")).AbsoluteUri);
        Line("Путь для первоначальной установки", "Initial installation path", app.Value.Address(Path("install")).AbsoluteUri);
        Line("Название пункта меню (русский)", "Menu item text (Russian)", card["menu"]!["ru"]!.GetValue<string>());
        Line("Название пункта меню (английский)", "Menu item text (English)", card["menu"]!["en"]!.GetValue<string>());
        Line("Права доступа", "Permissions", string.Join(", ", card["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>())));
        return text.ToString();

        string Path(string name) => card[name]!.GetValue<string>();
    }
}
