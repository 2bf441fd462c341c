export = (async () => ({ lengthOf: (text: string) => text.length }))()
