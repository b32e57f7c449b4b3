"""What words at the end of a name say of what somebody is like: birth, traits and income."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.kind import Kind

#: Phrases, separated by commas, whose last word is the thing. The longest that ends a name decides.
TRAITS: Mapping[Kind, str] = {
    Kind.BIRTH: """
        birth, birthday, birth day, birth date, birthdate, date of birth, dob, born, born on, born at, birth year,
        year of birth, birth month, month of birth, day of birth, geburtsdatum, geburts datum, geburtstag,
        geburtsjahr, date naissance, date de naissance, naissance, annee naissance, fecha nacimiento,
        fecha de nacimiento, nacimiento, seinengappi, tanjoubi, 生年月日, 誕生日, birthday on, dob on, birth on,
        born in, deceased on, death date, date of death, died on, died at, deceased at, deathdate, year of death
    """,
    Kind.TRAIT: """
        graduation, gender, sex, pronoun, gender identity, sexual orientation, orientation sexual, salutation,
        honorific,
        name title, anrede, geschlecht, civilite, genre person, sexe, sexo, genero, race, ethnicity, ethnic group,
        ethnic background, ethnicity description, ethnic origin, religion, faith, nationality, citizenship,
        nacionalidad, nationalite, nationalitaet, staatsangehoerigkeit, staats angehoerigkeit, country of birth,
        birth country, birthcountry, country of origin, birth place, birthplace, place of birth, geburtsort,
        geburts ort, lieu naissance, lugar nacimiento, marital status, civil status, familienstand, familien stand,
        zivilstand, situation familiale, estado civil, blood type, blood group, blutgruppe, body type, skin type,
        eye color, hair color, skin color, height, weight, bmi, disability, disability type, disability disclosure,
        disability detail, additional disability, additional ethnic background, political party,
        political affiliation, political view, sexuality, diagnosis, allergy, allergies, medication,
        medical condition, medical history, health condition, health status, health note, symptom, treatment,
        illness, disease, chronic condition, mental health, therapy, vaccination status person, pregnancy, smoking,
        drinking, diet, dietary requirement, dietary restriction, dietary preference, food allergy, education,
        education level, highest education, degree, major, school name, university, alma mater, school,
        native language, mother tongue, first language, primary language person, language spoken, spoken language,
        hobby, hobbies, interest, interests, interested in, looking for, relationship, relationship status,
        family status, military status, veteran status, immigration status, visa status, visa type, criminal record,
        convicted, belonging population, age, age range, age group, years old, alter, edad, nenrei, seibetsu,
        ketsuekigata, kokuseki, shussei, shusshin, shusshinchi, shusshin chi, shinchou, taijuu, gakureki, 性別,
        血液型, 国籍, 出身, 出身地, 身長, 体重, 年齢, 学歴, 宗教, free school meal, free meal, sped status,
        disability status, home language, hispanic latino, ethnic, limited english proficiency, plan 504, ses status,
        form of address, zodiac, star sign, personality type, food preference, tshirt, tshirt size, t shirt size,
        shirt size, shoe size,
        cup size, confession, konfession, party membership, tribe, caste, insurance status, housing status,
        employment status, household size, reason for visit, injury, injuries, religious affiliation, gender pronoun,
        gender self describe, other gender, cause of death, emergency medical info, smoker, pregnant
    """,
    Kind.INCOME: """
        income, annual income, monthly income, household income, family income, gross income, net income person,
        adjusted gross income, agi, salary, base salary, annual salary, monthly salary, hourly wage, wage, wages,
        pay rate, hourly rate person, pay amount, compensation, earning, earnings, net worth, gehalt, lohn,
        einkommen, salaire, revenu, revenus, revenu fiscal, quotient familial, salario, ingreso, ingresos, sueldo,
        nenshuu, kyuuyo, nensyu, shotoku, 年収, 給与, 所得, 月収, credit score, debt, asset value person,
        hourly rate, daily rate, day rate, medicare wage, social security wage, pension amount, w2 wage,
        expected salary, current salary, income level
    """,
}
