<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\background_agents\Agent\AgentId;
use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Schedule\ScheduleSettings;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Component\Transliteration\TransliterationInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * The agent and the trigger of a choice, not saved yet.
 *
 * @internal
 */
final class QuickAgent {

  use StringTranslationTrait;

  /**
   * Seconds within which several saves of an item make one run.
   */
  private const int DEBOUNCE = 30;

  /**
   * What a run may be told besides its item.
   */
  private const string INPUT = '{"type": "object", "properties": {"note": {"type": "string", "title": "Note", "description": "What the agent has to know for this run; may be empty.", "maxLength": 2000}}}';

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ConfigFactoryInterface $configFactory,
    #[Autowire(service: 'transliteration')]
    private readonly TransliterationInterface $transliteration,
  ) {}

  /**
   * The agent.
   */
  public function agent(QuickChoice $choice): Agent {
    $label = $this->label($choice);
    $content = [$choice->content->entityType => [$choice->content->bundle => $choice->preset->operations]];
    foreach ($choice->content->vocabularies() as $vocabulary) {
      $content['taxonomy_term'][$vocabulary] = array_values(array_unique([
        ...$content['taxonomy_term'][$vocabulary] ?? [],
        'read',
      ]));
    }
    $agent = $this->entityTypeManager->getStorage('background_agents_agent')->create([
      'id' => $this->freeId('background_agents_agent', $label),
      'label' => $label,
      'description' => (string) ($choice->preset->asksForTask() ? mb_strimwidth(trim((string) preg_replace('/\s+/u', ' ', $choice->task)), 0, 200, '…') : $choice->preset->description),
      'definition' => [
        'system_prompt' => self::prompt($choice),
        'input_schema' => self::INPUT,
        'tools' => $choice->preset->tools,
      ],
      'binding' => [
        'model' => $choice->model,
        'content' => $content,
        'fields' => [$choice->content->entityType => [$choice->content->bundle => array_keys($choice->content->fields)]],
      ],
      'examples' => array_map(static fn (array $example): array => [
        'label' => $example['label'],
        'input' => Json::encode($example['note'] === '' ? new \stdClass() : ['note' => $example['note']]),
      ], $choice->preset->examples),
    ]);
    assert($agent instanceof Agent);
    return $agent;
  }

  /**
   * What starts the agent; NULL when only people do.
   */
  public function trigger(QuickChoice $choice, Agent $agent): ?Trigger {
    if ($choice->start === 'hand') {
      return NULL;
    }
    $isDaily = $choice->start === 'daily';
    $trigger = $this->entityTypeManager->getStorage('background_agents_trigger')->create([
      'id' => $this->freeId('background_agents_trigger', (string) $agent->label()),
      'label' => (string) $agent->label(),
      'agent' => $agent->id(),
      'type' => $isDaily ? 'schedule' : 'content',
      'debounce' => $isDaily ? 0 : self::DEBOUNCE,
      'settings' => $isDaily
        ? ['time' => $choice->time, 'timezone' => $this->timeZone()] + ScheduleSettings::DEFAULTS
        : ['entity_type' => $choice->content->entityType, 'bundles' => [$choice->content->bundle]] + Trigger::CONTENT_SETTINGS,
      'input' => [],
    ]);
    assert($trigger instanceof Trigger);
    return $trigger;
  }

  /**
   * The time zone of the site.
   */
  public function timeZone(): string {
    return $this->configFactory->get('system.date')->get('timezone.default') ?: 'UTC';
  }

  /**
   * The name of the agent: the one that was typed, else a free one.
   */
  public function label(QuickChoice $choice): string {
    if ($choice->label !== '') {
      return $choice->label;
    }
    $wanted = PlainTextOutput::renderFromHtml($this->t('@preset: @content', [
      '@preset' => $choice->preset->label,
      '@content' => $choice->content->label,
    ]));
    for ($label = $wanted, $i = 2; $this->isTaken($label); $i++) {
      $label = "$wanted $i";
    }
    return $label;
  }

  /**
   * Whether an agent has a name already.
   */
  public function isTaken(string $label): bool {
    return $this->entityTypeManager->getStorage('background_agents_agent')->getQuery()->accessCheck(FALSE)->condition('label', $label)->execute() !== [];
  }

  /**
   * The prompt of the preset, with what was chosen in its placeholders.
   */
  private static function prompt(QuickChoice $choice): string {
    $fields = [];
    foreach ($choice->content->fieldLabels() as $name => $label) {
      $fields[] = "$label (`$name`)";
    }
    return strtr($choice->preset->prompt, [
      '{content}' => "{$choice->content->label} (`{$choice->content->entityType}`, `{$choice->content->bundle}`)",
      '{fields}' => implode(', ', $fields),
      '{vocabularies}' => '"' . implode('" or "', $choice->content->vocabularies()) . '"',
      '{task}' => trim(str_replace("\r\n", "\n", $choice->task)),
    ]);
  }

  private function freeId(string $type, string $label): string {
    $storage = $this->entityTypeManager->getStorage($type);
    $wanted = trim((string) preg_replace('/[^a-z0-9]+/', '_', strtolower($this->transliteration->transliterate($label, 'en', ''))), '_');
    $wanted = substr($wanted === '' ? 'agent' : $wanted, 0, 50);
    for ($id = $wanted, $i = 2; $storage->load($id) !== NULL || AgentId::isReserved($id); $i++) {
      $id = "{$wanted}_$i";
    }
    return $id;
  }

}
