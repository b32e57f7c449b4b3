"""Common European names, put together by hand, commonest first: what :mod:`masker.masks.locales.freeze` knows by itself
of other countries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """The *curve* of family names: how many of a million bear the commonest, and as Zipf and Mandelbrot have it, how
    flat it begins and how steep it falls. Of a million of each gender as many as are *told* bear one of these given
    names."""

    families: str
    male: str
    female: str
    curve: tuple[float, float, float]
    told: int = 500_000


GERMAN = Names(
    curve=(9500, 2, 0.9),
    families="""
Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf
Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier Lehmann
Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn
Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon
Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas
Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff
Pfeiffer
""",
    male="""
Thomas Michael Andreas Peter Stefan Christian Wolfgang Klaus Martin Alexander Frank Jürgen Markus Matthias Daniel
Bernd Jan Sebastian Werner Ralf Uwe Tobias Florian Christoph Patrick Manfred Dieter Helmut Torsten Marcel Philipp
Lukas Jonas Felix Maximilian Leon Paul Ben Finn Elias Noah Luis Tim David Simon Oliver Sven Jörg Holger Heiko Dirk
Rainer Gerhard Hans Günter Heinz Karl Horst Walter Kurt
""",
    female="""
Sabine Andrea Petra Claudia Susanne Monika Julia Anna Stefanie Nicole Karin Birgit Ursula Katrin Martina Christina
Sandra Anja Angelika Heike Katharina Lisa Laura Sarah Melanie Daniela Tanja Silke Ute Renate Gabriele Brigitte Helga
Ingrid Christine Jana Lena Marie Sophie Hannah Mia Emma Lea Johanna Nina Franziska Vanessa Jennifer Jessica Kerstin
Simone Sonja Bettina Elke Gisela Erika Elisabeth Maria Barbara Doris
""",
)

FRENCH = Names(
    curve=(3500, 8, 0.8),
    families="""
Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David
Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André Mercier
Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel
Mathieu Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard Giraud Joly
Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy Leroux Colin Vidal Caron Picard
Roger Fabre Aubert Lemoine Renaud Dumas Lacroix Olivier Philippe Bourgeois Pierre Benoît Rey Leclerc Payet Rolland
Leclercq Guillaume Lecomte
""",
    male="""
Jean Michel Philippe Pierre Alain Nicolas Christophe Laurent Patrick Bernard Frédéric Sébastien Julien Éric David
Thomas Stéphane Alexandre Pascal Olivier Daniel Thierry Guillaume Christian Antoine Vincent Maxime François Bruno
Jérôme Romain Gérard Didier Dominique Serge Mathieu Kevin Fabrice Benjamin Clément Hugo Lucas Louis Gabriel Arthur
Paul Jules Adam Raphaël Léo Nathan Théo Marc Yves Franck Cédric Arnaud Gilles Jacques Claude
""",
    female="""
Marie Nathalie Isabelle Sylvie Catherine Françoise Christine Martine Monique Valérie Sandrine Céline Sophie Stéphanie
Virginie Julie Véronique Aurélie Laura Camille Émilie Sarah Chantal Nicole Brigitte Anne Jacqueline Patricia Corinne
Laurence Élodie Caroline Audrey Mélanie Pauline Claire Charlotte Léa Manon Emma Chloé Louise Jade Alice Inès Lina Zoé
Juliette Lucie Marion Mathilde Amandine Delphine Karine Florence Pascale Annie Denise Michèle Hélène
""",
)

BRITISH = Names(
    curve=(12600, 0.5, 0.75),
    families="""
Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Roberts
Green Hall Wood Jackson Clarke Thomas Edwards Hughes Lewis Harris Martin Turner Hill Cooper Ward Clark Morris Moore
Harrison King Baker Morgan Allen James Scott Phillips Watson Davis Parker Price Bennett Young Griffiths Mitchell Kelly
Cook Carter Richardson Bailey Collins Bell Shaw Murphy Miller Cox Khan Richards Marshall Anderson Simpson Ellis Adams
Singh Begum Wilkinson Foster Chapman Powell Webb Rogers Gray Mason Ali Hunt Hussain Campbell Matthews Owen Palmer
Holmes Mills Barnes Knight Lloyd Butler Russell Fisher Barker Stevens Jenkins Murray Dixon Harvey Graham
""",
    male="""
David John Michael James Paul Andrew Peter Robert Richard Mark Christopher Stephen William Thomas Daniel Matthew
Anthony Simon Ian Alan Kevin Gary Steven Jonathan Philip Neil Martin Benjamin Adam Joseph Luke Ryan Jack Oliver Harry
George Charlie Joshua Samuel Alexander Edward Graham Stuart Colin Darren Lee Craig Nigel Keith Barry Brian Derek
Kenneth Roger Trevor Liam Nathan Lewis Callum Connor
""",
    female="""
Susan Margaret Sarah Elizabeth Patricia Karen Helen Julie Christine Jennifer Emma Laura Claire Rebecca Victoria Rachel
Lisa Jane Linda Amanda Nicola Joanne Michelle Samantha Charlotte Jessica Hannah Lucy Sophie Emily Amy Louise Katherine
Alison Jacqueline Angela Deborah Sharon Tracey Carol Barbara Mary Ann Janet Gillian Lauren Chloe Olivia Grace Ella
Amelia Lily Isabella Megan Bethany Holly Heather Fiona Wendy Lynn
""",
)

SPANISH = Names(
    curve=(30600, 4, 1.2),
    told=850_000,
    families="""
García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Hernández Ruiz Díaz Moreno Muñoz
Álvarez Romero Gutiérrez Alonso Navarro Torres Domínguez Ramos Vázquez Ramírez Gil Serrano Morales Molina Blanco
Suárez Castro Ortega Delgado Ortiz Marín Rubio Núñez Medina Sanz Castillo Iglesias Cortés Garrido Santos Guerrero
Lozano Cano Cruz Méndez Flores Prieto Herrera Peña León Márquez Cabrera Gallego Calvo Vidal Campos Reyes Vega Fuentes
Carrasco Díez Aguilar Caballero Nieto Santana Vargas Pascual Giménez Herrero Hidalgo Montero Lorenzo Santiago Benítez
Durán Ibáñez Arias Mora Ferrer Carmona Vicente Rojas Soto Crespo Román Pastor Velasco Parra Sáez Moya Bravo Rivera
Gallardo Soler Silva Pardo Esteban Franco Lara Merino Espinosa Izquierdo Rivas Camacho Arroyo Vera Casado Mendoza
Redondo Montes Luque Sierra Segura Otero Bermúdez
""",
    male="""
Antonio Manuel José Francisco David Juan Javier Daniel José_Antonio Francisco_Javier José_Luis Carlos Alejandro Jesús
José_Manuel Miguel Miguel_Ángel Pablo Rafael Sergio Ángel Pedro Fernando Jorge José_María Luis Alberto Álvaro
Juan_Carlos Adrián Diego Juan_José Raúl Iván Juan_Antonio Rubén Enrique Óscar Ramón Andrés Vicente Juan_Manuel
Santiago Joaquín Víctor Mario José_Ramón José_Ignacio José_Carlos José_Ángel Víctor_Manuel Eduardo Roberto Jaime
Francisco_José Ignacio Marcos Hugo Alfonso Salvador Ricardo Jordi Emilio Gonzalo Guillermo Julián Julio Tomás Gabriel
Agustín Nicolás José_Miguel Marc Joan Félix Lucas Martín Samuel Mateo
""",
    female="""
María_Carmen María Carmen Ana_María Laura Isabel María_Pilar María_Dolores Cristina María_Teresa Ana Josefa Marta
María_Ángeles Lucía María_Isabel María_José Francisca Antonia Paula Sara Elena Dolores María_Luisa Raquel Rosa_María
Pilar María_Jesús Concepción Manuela Mercedes Julia Beatriz Nuria Silvia Irene Rosario Juana Alba Teresa Encarnación
Montserrat Patricia Rocío Andrea Mónica Rosa Alicia María_Mar Sonia Sandra Ángela Marina Susana Natalia Yolanda
Margarita María_Josefa María_del_Carmen Claudia Sofía Eva Inmaculada María_Rosario María_Mercedes Esther Noelia
Verónica Ana_Isabel Carla Nerea Carolina Ana_Belén Lorena Inés Daniela Martina Victoria Gloria Miriam Eva_María
""",
)

#: Faker's names that Spaniards are called by and not registered under, and those of the other side of the sea.
SPANISH_PET_NAMES = """
Ale Alex Ani Anita Asdrubal Carlito Carmelita Charo Che Chelo Chema Chita Chucho Chus Chuy Concha Consuela Curro Dan
Dani Dorita Edu Eli Emperatriz Encarna Encarnita Evita Fito Goyo Ibán Isa Jafet Javi José_Mari Juanito Julie Kike Lalo
Lucho Lupe Lupita Luís Maite Malena Manola Manolo Manu Manuelita Marita Maxi Mayte Merche Morena Nacho Nando Nico Noa
Odalis Odalys Paca Paco Pancho Pepe Pepita Pepito Perlita Pili Quique Rafa Samu Sarita Seve Susanita Teo Tere Teresita
Toni Toño Trini Bernardita Angelita Juanita Jose_Angel Jose_Carlos Jose_Francisco Jose_Ignacio Jose_Miguel Jose_Ramón
Francisco_Jose Victor_Manuel María_Del_Carmen Glauco Venceslás Clímaco Pánfilo Asdrubal
"""

#: What streets are called.
GERMAN_STREETS = """
Hauptstraße Bahnhofstraße Schulstraße Gartenstraße Dorfstraße Bergstraße Birkenweg Lindenstraße Kirchstraße Waldstraße
Ringstraße Amselweg Schillerstraße Wiesenweg Goethestraße Jahnstraße Mozartstraße Blumenstraße Buchenweg Finkenweg
Feldstraße Rosenweg Ahornweg Beethovenstraße Mühlenweg Friedhofstraße Eichenweg Tannenweg Drosselweg Kapellenweg
Bachstraße Talstraße Poststraße Friedrichstraße Wilhelmstraße Königstraße Marktstraße Steinweg Ulmenweg Erlenweg
Fliederweg Parkstraße Sonnenstraße Uhlandstraße Lessingstraße Kastanienallee Heideweg Rathausstraße Schloßstraße
Lerchenweg Meisenweg Schwalbenweg Grüner_Weg Am_Sportplatz Am_Bach Im_Winkel Auf_der_Höhe An_der_Kirche Zum_Wald
Neue_Straße
"""
FRENCH_STREETS = """
rue_de_la_République rue_Victor_Hugo rue_de_l'Église rue_du_Moulin rue_des_Écoles rue_Jean_Jaurès rue_Pasteur
rue_de_la_Mairie rue_du_Château rue_de_la_Gare Grande_Rue rue_des_Jardins rue_de_la_Fontaine rue_du_Stade
rue_des_Lilas avenue_de_la_Gare avenue_du_Général_de_Gaulle avenue_Jean_Moulin avenue_de_la_Libération
boulevard_Gambetta boulevard_de_la_République place_de_l'Église place_du_Marché place_de_la_Liberté chemin_des_Vignes
chemin_du_Moulin impasse_des_Cerisiers impasse_des_Acacias allée_des_Tilleuls allée_des_Chênes rue_des_Rosiers
rue_Voltaire rue_Molière rue_Émile_Zola rue_du_Lavoir rue_des_Champs rue_Principale rue_Neuve rue_Saint-Martin
rue_des_Peupliers rue_du_Pont rue_de_Verdun rue_du_11_Novembre quai_de_la_Loire route_de_Paris cours_Lafayette
rue_Carnot rue_des_Fleurs rue_des_Prés rue_de_la_Poste
"""
BRITISH_STREETS = """
High_Street Station_Road Main_Street Park_Road Church_Road Church_Street London_Road Victoria_Road Green_Lane
Manor_Road Church_Lane Park_Avenue The_Avenue The_Crescent Queens_Road New_Road Grange_Road Kings_Road Kingsway
Windsor_Road Highfield_Road Mill_Lane Alexander_Road York_Road Main_Road Broadway King_Street The_Green
Springfield_Road George_Street Park_Lane Victoria_Street Albert_Road Queensway New_Street Queen_Street West_Street
North_Street Manchester_Road The_Grove Richmond_Road Grove_Road South_Street School_Lane The_Drive North_Road
Stanley_Road Chester_Road Mill_Road Chapel_Lane Orchard_Close Meadow_Way Oak_Drive Elm_Close Beech_Avenue Rectory_Lane
Willow_Close Ashley_Gardens Castle_Street Bridge_Street
"""
SPANISH_STREETS = """
Calle_Mayor Calle_Real Calle_de_la_Iglesia Calle_Nueva Calle_del_Sol Calle_de_Cervantes Calle_San_Juan Calle_San_José
Calle_San_Antonio Calle_San_Sebastián Calle_San_Roque Calle_Santa_Ana Calle_del_Carmen Calle_del_Rosario
Calle_de_la_Fuente Calle_del_Pozo Calle_de_las_Eras Calle_de_la_Cruz Calle_del_Molino Calle_de_las_Flores
Calle_de_la_Rosa Calle_de_la_Luna Calle_del_Norte Calle_Ancha Calle_Larga Calle_Alta Calle_del_Prado Calle_de_la_Paz
Calle_de_la_Libertad Calle_de_Goya Calle_de_Velázquez Calle_de_Murillo Calle_Lope_de_Vega Calle_Miguel_Hernández
Calle_Federico_García_Lorca Calle_Antonio_Machado Calle_Ramón_y_Cajal Calle_Doctor_Fleming Calle_Isaac_Peral
Calle_Miguel_de_Unamuno Calle_Rosalía_de_Castro Calle_Colón Calle_Madrid Calle_Sevilla Calle_Granada Calle_Zaragoza
Calle_Toledo Calle_Murcia Calle_de_los_Olivos Calle_de_los_Almendros Calle_de_los_Pinos Calle_del_Romero
Calle_de_las_Acacias Calle_del_Castillo Calle_de_la_Estación Calle_de_la_Escuela Calle_del_Mercado Calle_del_Puente
Calle_del_Huerto Avenida_de_la_Constitución Avenida_de_Andalucía Avenida_de_España Avenida_de_la_Libertad
Avenida_de_la_Estación Avenida_del_Mediterráneo Avenida_de_Europa Avenida_Juan_Carlos_I Avenida_de_los_Deportes
Plaza_Mayor Plaza_de_España Plaza_de_la_Constitución Plaza_de_la_Iglesia Plaza_del_Ayuntamiento Paseo_de_la_Estación
Paseo_del_Parque Paseo_Marítimo Camino_Viejo Camino_de_la_Ermita Carretera_de_Madrid Ronda_Norte Travesía_Real
Callejón_del_Horno Cuesta_del_Castillo Calle_Jacinto_Benavente Calle_Pablo_Picasso
"""
