namespace B24RobotApp.Transfers.Running;

/// <summary>What is said of files that stayed behind.</summary>
public sealed partial class TransferTexts
{
    public string FilesSkipped(string files) => Pick(
        $"Сделка передана, но не все её файлы. {files}",
        $"The deal was sent, but not all of its files. {files}");

    /// <summary>How a file is named to people.</summary>
    public string FileNamed(string name, string field) => Pick($"Файл «{name}» поля «{field}»", $"The file «{name}» of the field «{field}»");

    /// <summary>A file whose name is not known.</summary>
    public string FileNumbered(long id, string field) => Pick($"Файл {id} поля «{field}»", $"The file {id} of the field «{field}»");

    public string FileTooLarge(string file, long megabytes) => Pick(
        $"{file} больше {megabytes} МБ. Отправьте его иначе или попросите того, кто обслуживает приложение, увеличить предел.",
        $"{file} is bigger than {megabytes} MB. Send it in another way, or ask whoever hosts the app to raise the limit.");

    public string FileEmpty(string file) => Pick(
        $"{file} пуст, а пустых файлов портал не принимает. Проверьте файл в сделке.",
        $"{file} is empty, and a portal takes no empty files. Check the file in the deal.");

    public string FileNotGiven(string file, string code) => Pick(
        $"{file} портал не отдал ({code}). Проверьте, открывается ли он в сделке, и отправьте её ещё раз.",
        $"{file} was not given by the portal ({code}). Check that it opens in the deal, then send the deal again.");

    public string FileRefused(string file, string code, string description) => Pick(
        $"{file} ЕСБ отклонил: {description} ({code}). Проверьте, какие файлы принимает поле на ЕСБ.",
        $"{file} was refused by the ESB: {description} ({code}). Check which files the field takes there.");

    public string FileNotTaken(string file, string field) => Pick(
        $"{file} ЕСБ не сохранил в поле «{field}». Проверьте, какие файлы принимает это поле.",
        $"{file} was not kept by the ESB in its field «{field}». Check which files that field takes.");

    public string FileHasNoRoom(string file, string field) => Pick(
        $"{file} не помещается: поле «{field}» на ЕСБ хранит один файл. Укажите в профиле множественное поле.",
        $"{file} has no room: the ESB's field «{field}» holds one file. Choose a multiple field in the profile.");

    public string FilesGivenUp(string code, string message) => Pick(
        $"Файлы не удалось передать ({code}): {message} Отправьте сделку ещё раз.",
        $"The files could not be sent ({code}): {message} Send the deal again.");
}
