namespace B24RobotApp.Sandbox.Crm.Samples;

/// <summary>User fields of deals, one of each type, as far as both portals have the same.</summary>
internal static class SampleFields
{
    /// <param name="sample">Writes them.</param>
    /// <param name="prefix">Part of the names by which a portal tells its own from others'.</param>
    public static void Add(SampleWriter sample, string prefix)
    {
        sample.Field("deal", $"{prefix}PROJECT", "string", "Проект");
        sample.Field("deal", $"{prefix}KEYWORDS", "string", "Ключевые слова", """{"MULTIPLE":"Y"}""");
        sample.Field("deal", $"{prefix}SEATS", "integer", "Рабочих мест");
        sample.Field("deal", $"{prefix}AREA", "double", "Площадь, м²", """{"SETTINGS":{"PRECISION":3}}""");
        sample.Field("deal", $"{prefix}URGENT", "boolean", "Срочно");
        sample.Field("deal", $"{prefix}START_DATE", "date", "Начало работ");
        sample.Field("deal", $"{prefix}MEETING", "datetime", "Встреча");
        sample.Field("deal", $"{prefix}BUDGET", "money", "Бюджет");
        sample.Field("deal", $"{prefix}SITE", "url", "Сайт объекта");
        sample.Field("deal", $"{prefix}PLACE", "address", "Адрес объекта");
        sample.Field("deal", $"{prefix}MANAGER", "employee", "Ведёт проект");
        sample.Field("deal", $"{prefix}CHANNEL", "crm_status", "Канал", """{"SETTINGS":{"ENTITY_TYPE":"SOURCE"}}""");
        sample.Field("deal", $"{prefix}DEALER", "crm", "Посредник", """{"SETTINGS":{"COMPANY":"Y","CONTACT":"Y"}}""");
        sample.Field("deal", $"{prefix}CONTRACT", "file", "Договор");
        sample.Field("deal", $"{prefix}PHOTOS", "file", "Снимки объекта", """{"MULTIPLE":"Y"}""");
        sample.Field("deal", $"{prefix}KIND", "enumeration", "Вид работ", """
            {"LIST":[
              {"VALUE":"Внедрение","XML_ID":"IMPLEMENTATION","SORT":10},
              {"VALUE":"Сопровождение","XML_ID":"SUPPORT","SORT":20},
              {"VALUE":"Обучение","XML_ID":"TRAINING","SORT":30}]}
            """);
        sample.Field("deal", $"{prefix}PRODUCTS", "enumeration", "Продукты", """
            {"MULTIPLE":"Y","LIST":[
              {"VALUE":"Облако","XML_ID":"CLOUD","SORT":10},
              {"VALUE":"Коробка","XML_ID":"BOX","SORT":20},
              {"VALUE":"Приложение","XML_ID":"APP","SORT":30}]}
            """);
    }
}
