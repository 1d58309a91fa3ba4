using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Waits;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>Adds all settings of the app.</summary>
internal static class SettingsServices
{
    public static IServiceCollection AddAppSettings(this IServiceCollection services)
    {
        services.AddChecked<AppOptions, AppOptions.Validator>(AppOptions.SectionName);
        services.AddChecked<Bitrix24Options, Bitrix24Options.Validator>(Bitrix24Options.SectionName);
        services.AddChecked<EsbOptions, EsbOptions.Validator>(EsbOptions.SectionName);
        services.AddChecked<StorageSettings, StorageSettings.Validator>(StorageSettings.SectionName);
        services.AddChecked<AlertOptions, AlertOptions.Validator>(AlertOptions.SectionName);
        services.AddChecked<TransferOptions, TransferOptions.Validator>(TransferOptions.SectionName);
        services.AddChecked<WaitOptions, WaitOptions.Validator>(WaitOptions.SectionName);
        return services;
    }

    /// <summary>Checks settings before anything is opened or made, log files included: wrong ones leave no traces.</summary>
    /// <exception cref="OptionsValidationException">A section is wrong; several are an <see cref="AggregateException"/>.</exception>
    public static void Check(IConfiguration configuration)
    {
        using var provider = new ServiceCollection().AddSingleton(configuration).AddAppSettings().BuildServiceProvider();
        provider.GetRequiredService<IStartupValidator>().Validate();
    }
}
