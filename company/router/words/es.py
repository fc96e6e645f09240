"""Spanish."""

STOP = """el la los las un una unos unas de del al y o en con por para sin sobre es son era fue ser soy eres esta
estan este esta esto estos estas ese esa eso yo tu usted nosotros ellos ellas me te se nos le les lo mi
mis su sus nuestro nuestra nuestros nuestras que quien cual cuales cuando como donde por porque no si
mas muy pero hay ha he hemos han tiene tengo puede puedes entre hasta desde ya todo todos tambien cada
algo hace hacer porfa favor tres dos"""

CUES = {
    "thanks": (
        "gracias, muchas gracias, mil gracias, muchisimas gracias, te lo agradezco, buen trabajo, bien hecho, "
        "muy amable"
    ),
    "greet": (
        "hola, buenos dias, buenas tardes, buenas noches, buenas, que tal, como estas, como esta, que pasa, "
        "saludos, hey, feliz ano, feliz navidad, que hay, que onda, holi, ey, espero que estes bien"
    ),
    "bye": (
        "adios, hasta luego, hasta manana, hasta pronto, nos vemos, chao, buen dia, que descanses, "
        "buen fin de semana, cuidate, hasta la vista"
    ),
    "ack": (
        "ok, vale, de acuerdo, perfecto, genial, entendido, muy bien, bien, estupendo, claro, si, no, bueno, "
        "listo, super, excelente, no pasa nada, no hay problema, dejalo, esta bien, guay, jaja, anotado, "
        "fenomenal, jajaja, crack, venga, ok gracias, sip, nop, correcto, exacto, eso es todo, nada mas, "
        "ya esta, me sirve, dale, chevere, buenisimo, me vale, hecho, asi esta bien, tranqui, oki, sale, "
        "con eso basta, es suficiente, justo eso, sigue, continua, me ayuda"
    ),
    "help": (
        "ayuda, ayudame, necesito ayuda, como funciona esto, como te uso, que comandos hay, instrucciones, "
        "me puedes ayudar, puedes ayudarme"
    ),
    "about": (
        "quien eres, que eres, como te llamas, que puedes hacer, que sabes hacer, eres un bot, eres humano, "
        "presentate, estas ahi, quien es usted, que haces"
    ),
    "fill": (
        "por, todo, a, todos, de, nuevo, tu, la, el, ayuda, respuesta, muy, mucho, equipo, nexus, y, pues, "
        "entonces, ya, eso, es, era, porfa, por favor, amigo, tambien, me, ahora, hoy, bien, te, lo, que, "
        "muchas, oye, ti, buena, sirve, jajaja, vale, gracias, crack, maquina, de verdad, fin, semana, feliz, "
        "maravilla, gran, trabajo, has, ayudado, sido, venga, hasta, asi, esta, dia, tio, tia, con, ok, un, "
        "saludo, exactamente, necesitaba, queria, suficiente, nada, mas, perfecto, ha, servido, noches, necesito"
    ),
    "state": (
        "presupuesto, gastado, gasto, gastos, gastamos, costes, coste, costos, costo, pedidos, pedido, ordenes, "
        "empleados, empleado, personal, plantilla, tokens, limite, tope, estado, cola, organigrama, auditoria, "
        "quien trabaja aqui, trabaja aqui, tareas, encargos, proveedores, modelos, hemos gastado, "
        "llevamos gastado, nos ha costado, ha costado, me has costado, abiertos, en marcha, pedidos pendientes, "
        "pedidos hay"
    ),
    "state_fill": (
        "cuanto, cuanta, cuantos, cuantas, hemos, he, has, han, este, esta, mes, semana, dia, hoy, ayer, ano, "
        "pasado, pasada, ultimo, ultima, cual, es, el, la, los, las, de, del, mis, mi, nuestro, nuestros, "
        "nuestra, muestrame, ensename, dame, dime, por, queda, quedan, restante, total, y, en, para, quien, "
        "quienes, trabaja, trabajan, aqui, hasta ahora, llevamos, dinero, empresa, empleado, persona, modelo, "
        "que, hay, tenemos, ahora, actual, actualmente, todo, todos, pendientes, abiertos, lista, informe, "
        "resumen, nexus, lo, va, van, como, por favor, cada, a, se, ha, sistema, al, disponible, llevo, vamos, "
        "fue, fueron, nos, hecho, cuesta, costado, de momento, 7, dias, gasto, entre, proxima, ultimas, ultimos, "
        "con, estamos, te, voy, curso, abierto, abierta, sin, terminar, marcha, pendiente, esperando, en espera, "
        "terminados, fallidos, equipo, el equipo, caro, desde, lunes, quien esta, trabajando, en que, cuales"
    ),
    "documents": (
        "mis documentos, mis archivos, mis notas, nuestros documentos, nuestros archivos, los documentos, "
        "en el documento, en el archivo, en el contrato, en mi contrato, segun el manual, segun el contrato, "
        "de acuerdo con las actas, segun las actas, las actas, acta de la reunion, en el manual, "
        "base de conocimiento, en mis notas, segun nuestro, segun nuestra, segun mi, segun el reglamento, "
        "biblioteca"
    ),
    "documents?": (
        "segun, de acuerdo con, manual, contrato, contratos, nuestros contratos, politica, nuestra politica, "
        "que dice, que pone, menciona, que pagina, clausula, clausulas, factura, reglamento, poliza, preaviso, "
        "acta, convenio, procedimiento, normativa interna, mi contrato, alquiler pone, condiciones, anexo, "
        "papeles, en los papeles, que subi, que te envie, que te mande, contrato de compraventa, leete, lee el, "
        "lee la, repasa el, garantia, escritura, extracto, recibo, nomina, estatutos, carpeta, folleto, "
        "ficha tecnica, albaran, presupuesto que, certificado, empadronamiento, confirmacion, establece, "
        "que establece, aparece en, aparece, figura en, figura, consta, nuestro reglamento, dice el, dice la, "
        "en el informe, informe de, licencia, dni del"
    ),
    "code": (
        "python, javascript, java, typescript, sql, html, css, regex, expresion regular, bash, docker, "
        "kubernetes, git, react, django, node, php, consulta sql, test unitario, pruebas unitarias, refactor*, "
        "depur*, compil*, codigo fuente, fuga de memoria, microservicio*, comando linux, comando para, "
        "formula de excel, base de datos, array, sistema de colas, programar, bucle while, bucle for, bucle, "
        "algoritmo, contenedor, exit code, chrome, safari, vue, angular, laravel, ssh, nginx, terraform, "
        "pull request, conflicto de merge, asincrono, dataframe, yaml, xml, cors, jwt, pandas, wordpress, "
        "pip install, useeffect, procedimiento almacenado, macro, en java, en go, en rust, script, "
        "script en python, graphql, api rest, string a entero, backend, gateway, scraper, rama de git"
    ),
    "code?": (
        "codigo, script, funcion, metodo, clase, bug, fallo, error, excepcion, algoritmo, libreria, consulta, "
        "servidor, despleg*, api, variable, bucle, comando, aplicacion, programa, implement*, servicio, "
        "produccion, linux, json, csv, software, procesos, idempotencia, pruebas, while, for, cache, hilo, "
        "puerto, log, paquete, dependencia, navegador, se cuelga, compila, sintaxis, termina nunca, plugin, "
        "devuelve, instalar, pagina web, terminal, clave, columna, migracion, cadena, entero, rama, commit, "
        "string, esquema, endpoint"
    ),
    "writing": (
        "redacta*, escribe un, escribe una, escribeme, escribir un, escribir una, borrador, "
        "carta de presentacion, nota de prensa, poema, discurso, cuento, articulo, ensayo, invitacion, "
        "felicitacion, eslogan, descripcion de producto, plan de negocio, publicacion para, brindis, cancion, "
        "novela, entrada de blog, mensaje para, felicitar, felicit*, pesame, condolencias, agradecimiento, "
        "nota de agradecimiento, carta de renuncia, carta de reclamacion, anuncio, oferta de empleo, "
        "asunto del correo, discurso de boda, unas lineas, un texto para, texto para, nombre para, titular, "
        "frase para, una frase, mensaje de bienvenida, resena, invitacion de boda, lema"
    ),
    "writing?": (
        "escribe, escribir, correo, email, mail, carta, texto, mensaje, historia, post, tono, palabras, parrafo, "
        "informe, publicacion, frase, paginas"
    ),
    "edit": (
        "corrige, corregir, ortografia, gramatica, reescribe*, reformula*, parafrasea*, resume, resumir, "
        "resumen de, un resumen, acorta*, mas amable, mejora este texto, revisa este texto, con tus palabras, "
        "hazlo mas, sintetiza, mas corto, mas breve, mas sencillo, esta bien escrito, suena bien, "
        "puntos clave de, pule, suaviza, mas formal, mas conciso, mas educado, mas cercano, haz mas formal, "
        "este texto, haz este texto"
    ),
    "small_edit": "ortografia, gramatica, faltas, erratas, tildes, comas, puntuacion",
    "analysis": (
        "compara, comparar, comparacion, comparativa, ventajas, pros y contras, analiza*, analizar, analisis, "
        "evalua*, estudia, estrategia, hoja de ruta, dafo, itinerario, me conviene, nos conviene, conviene, "
        "vale la pena, merece la pena, plan de, organizame, organiza un, planifica*, viabilidad, escenario, "
        "escenarios, investiga, prevision*, valora si, plan de accion, frente a, priorizad*, estudio de mercado, "
        "plan b, deberiamos, deberia, debo, debemos, que riesgos, cuales son los riesgos, o mejor, cual elijo, "
        "que es mejor, mejor opcion, elegir entre, decision, competidores, punto de equilibrio, menu semanal, "
        "plan de comidas, dias en, dias por, modelo de negocio, o esperamos, vendemos, elabora, elaborar, "
        "es mejor, mejor para, analisis de viabilidad, a favor y en contra, argumentos a favor, haz un plan, "
        "desarrolla un plan, prepara un plan"
    ),
    "analysis?": (
        "plan, deberiamos, deberia, opciones, riesgos, riesgo, recomendacion, recomendaciones, alternativas, "
        "calendario, mercado, competencia, causas, mejor, inconvenientes, impacto, decidir, diferencias, "
        "factores, viaje, o, cliente, facturacion, vender, cerrar, margen, crecimiento, descuento, elegir, "
        "mas barato, vacaciones, invertir, ruta, aguantamos, principiante, escenario, medidas, argumentos, "
        "o aprender, viabilidad"
    ),
    "calculation": (
        "calcula*, calcular, por ciento de, cuanto es, cuantos dias, dias entre, dias faltan, raiz cuadrada, "
        "interes compuesto, cuota mensual, convierte, convertir, media de, promedio de, suma de, dividido entre, "
        "dividido por, multiplicado por, fahrenheit, cuantas horas, cuantas semanas, pasa a, resuelve, "
        "cuanto sale, cuanto toca, por persona, por cabeza, cada uno, dividir, repartir, propina, a la hora, "
        "descuento del, sin iva, area de, volumen de, que fecha, cuanto pago, cuanto me queda, cuanto seria"
    ),
    "calculation?": (
        "porcentaje, interes, intereses, iva, total, suma, dias, millas, km, pulgadas, libras, kilos, kg, "
        "litros, media, menos, mas, tasa, prestamo, hipoteca, al mes, anual, invierto, cuanto tendre, pasa, "
        "grados, metros, euros, anos, cuanto, personas, noches, horas, precio, descuento, salario, bruto, neto, "
        "por hora, a pagar, entre, minutos, segundos, kilometros, celsius, gramos, tazas, hectareas, mitad, "
        "doble, tercio, cuantas horas, cuantos minutos"
    ),
    "translation": (
        "traduce, traducir, traduccion, traduceme, traduzca, como se dice, como se escribe en, como digo, "
        "que significa en, en espanol se dice, quiere decir en"
    ),
    "extraction": (
        "extrae*, extraer, saca los, saca las, saca todos, lista todos, lista todas, haz una lista de, en json, "
        "a json, como json, en una tabla, una tabla, en tabla, en csv, a csv, encuentra todos, encuentra todas, "
        "convierte esto, enumera los, identifica los, de este texto, pasa esto a, del texto, dime solo, "
        "solo los, solo las, ordena, ordenalos, clasifica, agrupa, coge los, dame los nombres, dame todas, "
        "dame todos, apunta los, separa los, rellena la tabla, mete en una tabla"
    ),
    "extraction?": (
        "json, tabla, csv, nombres, fechas, importes, telefonos, direcciones, columnas, campos, esto, importe, "
        "remitente, numeros de telefono, siguiente, abajo, plazos, columna, lista, correos, siguientes"
    ),
    "opinion": (
        "que opinas, que piensas, tu opinion, que te parece, recomiendame, recomiend*, aconsej*, sugier*, ideas, "
        "crees que, sugerencias, prefieres"
    ),
    "quick": (
        "capital de, quien escribio, quien invento, quien pinto, quien es, quien fue, que hora, a que hora, "
        "cuando es, cuando fue, que significa, significado, definicion, cuantos anos, poblacion de, sinonimo*, "
        "en que ano, donde esta, que dia, quien descubrio, cuanto mide, cual es, una duda, duda tonta, "
        "pregunta rapida, son peces, es un, quien gano, quien canta, mas grande, mas alto, moneda de, "
        "contrario de, simbolo quimico, que pais, que planeta, es verdad que, cuanto tarda, como se pronuncia, "
        "cuanto dura, donde queda"
    ),
    "deep": (
        "explica*, explicame, por que, como funciona, describe, cuentame, consejos, ideas, que opinas, "
        "diferencia entre, recomiend*, recomiendame, como quito, como puedo, aconsej*, busca en, que hago, "
        "como lo arreglo, diferencia, sugier*, como hago, explain, que hacemos, que puede ser, "
        "que deberia hacer, es normal, es grave, es peligroso, que me recomiendas, como aprendo, "
        "como le explico, que harias, de donde viene, cuanto tiempo hay que, algun consejo, por donde empiezo, "
        "deshacerme, como se, como preparo, como cuido, como limpio, como ensenar, mejor manera, como evito, "
        "como consigo, que me aconsejas, como superar"
    ),
    "hard": (
        "disena, disenar, arquitectura, estrategia, migr*, refactor*, optimiz*, demuestra, prueba que, "
        "detallad*, exhaustiv*, complet*, plan de negocio, tolerante*, distribuid*, idempoten*, concurrencia, "
        "sin cortar, fiscalidad, a tres anos, a cinco anos, hipotesis, prevision financiera, filial, escalab*, "
        "plan b, justifica, en profundidad, priorizad*, analisis de riesgos, viabilidad, causas de, aislarla, "
        "alta disponibilidad, modelo financiero, reestructur*, valoracion de la empresa, licitacion, tesis, "
        "teorema, contraejemplo, plan de continuidad, recuperacion ante desastres, inversores, "
        "ronda de financiacion, sharding, consenso, revision bibliografica, quinquenal, due diligence, "
        "adquisicion, plan de capacidad, memoria del proyecto, migra, por fases, sin romper, autenticacion, "
        "esquema, normativa, inversion, financiacion, elabora, transformacion, gestion del cambio, indicadores, "
        "despliegue, tres anos, hoja de ruta, gobernanza, consistencia, diagnostico de"
    ),
    "stakes": (
        "legal*, ilegal, abogad*, juicio, demanda, demandar, despid*, despedir, derechos, indemniza*, desahuci*, "
        "divorcio, custodia, extranjeria, visado, diagnostic*, medicacion, medicamento*, dosis, operacion, "
        "operar, sintoma*, embaraz*, cancer, diabetes, metformina, urgencias, medico, dolor en el pecho, "
        "hacienda, inspeccion fiscal, herencia, quiebra, antes de firmar, responsabilidad, penalizacion, "
        "exclusividad, ahorros, alarma, tension arterial, casero"
    ),
    "irreversible": (
        "borra, borrar, elimina, eliminar, transfiere, transferencia, envia a todos, cancela el contrato, "
        "publica, en produccion, firma el, paga, renunci*"
    ),
    "steps": (
        "primero, luego, despues, finalmente, por ultimo, paso a paso, y propon, y explica, y dime, y escribe, "
        "en orden, ademas, incluyendo, y termina, asi como, y resume, y recomienda, y cuando, y como"
    ),
    "constraint": (
        "debe, como maximo, maximo, al menos, minimo, sin, exactamente, solo, evita, no mas de, en tono, tono, "
        "excepto, que no sean, segun los, limite"
    ),
    "prefer": (
        "llamame, me llamo, mi nombre es, prefiero, me gusta, no me gusta, odio, siempre, nunca, jamas, "
        "recuerda, a partir de ahora, alergi*, vivo en, trabajo en, mi cumpleanos, no uses, importante"
    ),
    "decide": (
        "hemos decidido, decidimos, decision, decidido, acordamos, acordado, quedamos en, vamos con, elegimos, "
        "elijo, fecha limite, plazo, aprobado, confirmado, contrasena, codigo, firmado, vence"
    ),
    "answer_in": "responde en, contesta en, respondeme en, escribe en, habla en, habla",
    "hasty": ("una duda, duda tonta, pregunta rapida, pregunta tonta, solo una pregunta, una preguntita, curiosidad"),
    "grave": (
        "desahuci*, deshered*, testamento, herencia, despid*, despedir, me han despedido, ere, finiquito, "
        "custodia, divorci*, denuncia*, demanda, juicio, embarg*, deudas, quiebra, concurso de acreedores, "
        "inspeccion de hacienda, cancer, ictus, infarto, tumor, dolor en el pecho, alzheimer, demencia, "
        "dependiente, suicid*, deport*, asilo, orden de alejamiento, vender la empresa, vendemos la empresa, "
        "cerrar la empresa, cerramos, cerrar la fabrica, mayor cliente, de la facturacion, ciberataque, "
        "ransomware, acoso, aborto, jubilacion anticipada, incapacidad, hipoteca impagada, ahorros de toda"
    ),
    "ours": "nuestra, nuestro, nuestros, mi, mis, en mis, en nuestros",
}
