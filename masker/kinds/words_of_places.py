"""What words at the end of a name say of where somebody is."""

from __future__ import annotations

from collections.abc import Mapping

from masker.kinds.kind import Kind

#: Phrases, separated by commas, whose last word is the thing. The longest that ends a name decides.
PLACES: Mapping[Kind, str] = {
    Kind.POSTAL_CODE: """
        zip, zip code, zipcode, postal code, post code, postcode, postal, zip 4, zip4, zip plus 4, plz, postleitzahl,
        code postal, cp, codigo postal, yuubin, yubin, yuubin bangou, yubin bangou, 郵便番号, 〒, cap code, zip1,
        zip2, cep
    """,
    Kind.PLACE_CODE: """
        prefecture code, region code, city code, town code, municipality code, county code, district code,
        province code, state code, area code, insee code, code insee, code insee localite, commune code,
        code commune, code departement, todoufuken code, shichouson code, jis code, census tract, census tract code,
        geo code, geocode, fips code, fips, subdivision code, lsoa, gss code, geoname id, municipio code,
        codigo provincia, circle town code, plus code, geohash, place id, what3words, area id
    """,
    Kind.REGION: """
        address level, administrative area, administrative area level, prefecture, region, province, county,
        todoufuken, bundesland, kanton, canton, departement, provincia,
        comunidad autonoma, address state, state address, state province, state or province, billing state,
        shipping state, home state, mailing state, residence state, state of residence, state name, pref, tofuken,
        都道府県, 府県, state region, province state, state abbr, region name, prefecture name, county name,
        province name, prefecture kana, us state, birth state, ship state, license state
    """,
    Kind.CITY: """
        city, city name, municipality, ort, stadt, wohnort, ville, commune, localite, ciudad, localidad, municipio,
        poblacion, shichouson, shikuchouson, shiku, gun city, post town, locality, city kana, municipality kana,
        metro area, 市区町村, 市町村, 市, home town, hometown, village, residence city, birth city,
        place name personal, home city, shichoson, shikuchoson, city town, resident city, neighborhood city
    """,
    Kind.TOWN: """
        town, suburb, neighborhood, neighbourhood, ward, district, dependent locality, sublocality, barrio, ortsteil,
        quartier, colonia, chouiki, machi, chome, oaza, aza, chouson, borough, town kana, 町, 町域, 番地以下 町,
        urbanization, parish
    """,
    Kind.STREET: """
        street, street name, street address, street 1, street 2, address 1, address 2, address 3, address 4,
        address line, address line 1, address line 2, address line 3, line 1, line 2, line 3, line one, line
        two, line three, addr 1, addr 2,
        street line, street number, house number, house no, strasse, straße, hausnummer, haus nummer, rue,
        numero rue, voie, nom voie, numero voie, calle, numero calle, direccion 1, banchi, banti, street 1 kana,
        番地, 丁目番地, street one, street two, street kana, address street, address street one, address street two,
        street short, street long, adresse ligne 1, complement adresse, address 1 line, cross street, road name,
        po box, post box, postfach, zusatz adresse, unit street, residence street, address one, address two,
        address line one, address line two, address line three,
        address kana line
    """,
    Kind.BUILDING: """
        building, building name, apartment, apartment number, apt, apt number, suite, unit number, room number,
        room no, floor number address, flat, flat number, door number, tatemono, tatemono mei, tate mono, bldg,
        heya bangou, mansion, gebaeude, wohnung, etage, batiment, escalier, piso, portal, edificio, puerta, 建物,
        建物名, 部屋番号, 号室, apartment no, lot number, bed number, cabin number
    """,
    Kind.ADDRESS: """
        address, full address, mailing address, home address, billing address, shipping address, delivery address,
        residence, postal address, street full address, formatted address, addr, adresse, anschrift, wohnadresse,
        adresse complete, direccion, domicilio, juusho, jyusho, address string, place of residence, location address,
        address kana, otodoke saki, haisou saki, todokesaki, shipping destination, 住所, 所在地, 届け先, お届け先,
        本籍, home location, pickup address, dropoff address, pick up location, destination address, honseki,
        physical address, address text, location, location name, location text, meeting place, last known location,
        origin address, departure address, adress information, adresse information, full shipping address
    """,
    Kind.GEO: """
        lat, latitude, lng, lon, long, longitude, latlng, lat lng, lat lon, lonlat, geo, geolocation, geo location,
        coordinate, coordinates, gps, gps position, geom, geometry, geography, geo point, latitud, longitud,
        breitengrad, laengengrad, ido, keido, 緯度, 経度, geopoint, location point, position point, start latlng,
        end latlng
    """,
}
