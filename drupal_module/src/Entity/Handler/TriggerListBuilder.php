<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Schedule\ScheduleStore;
use Drupal\background_agents\Ui\ContentTypes;
use Drupal\background_agents\Ui\ScheduleText;
use Drupal\background_agents\Ui\StopNotice;
use Drupal\background_agents\Ui\WideTable;
use Drupal\Core\Config\Entity\ConfigEntityListBuilder;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityStorageInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Lists the triggers, each in words.
 *
 * @internal
 */
final class TriggerListBuilder extends ConfigEntityListBuilder {

  /**
   * What came of the last due times, by UUID of the trigger.
   *
   * @var array<string, \stdClass>
   */
  private array $last = [];

  /**
   * The agents that the triggers start, by id.
   *
   * @var array<string, \Drupal\background_agents\Entity\Agent>
   */
  private array $agents = [];

  public function __construct(
    EntityTypeInterface $entity_type,
    EntityStorageInterface $storage,
    private readonly DateFormatterInterface $dateFormatter,
    private readonly ContentTypes $contentTypes,
    private readonly StopNotice $stopNotice,
    private readonly ScheduleText $schedules,
    private readonly ScheduleStore $due,
  ) {
    parent::__construct($entity_type, $storage);
  }

  /**
   * {@inheritdoc}
   */
  public static function createInstance(ContainerInterface $container, EntityTypeInterface $entity_type): static {
    return new self($entity_type, $container->get('entity_type.manager')->getStorage($entity_type->id()), $container->get('date.formatter'), $container->get(ContentTypes::class), $container->get(StopNotice::class), $container->get(ScheduleText::class), $container->get(ScheduleStore::class));
  }

  /**
   * {@inheritdoc}
   */
  public function load(): array {
    $triggers = parent::load();
    $this->agents = Agent::loadMultiple(array_unique(array_map(static fn (EntityInterface $trigger): string => $trigger instanceof Trigger ? $trigger->getAgentId() : '', array_values($triggers))));
    $this->last = $this->due->last(array_values(array_map(static fn (EntityInterface $trigger): string => (string) $trigger->uuid(), $triggers)));
    return $triggers;
  }

  /**
   * {@inheritdoc}
   */
  public function render(): array {
    $build = parent::render();
    $build['table']['#empty'] = $this->t('There are no triggers yet. Agents can still be started by hand, by ECA models and by programs.');
    $build['table'] = WideTable::of($build['table'], $this->t('Triggers'));
    $build['#attached']['library'][] = 'background_agents/admin';
    $build['stopped'] = $this->stopNotice->warning() ?? [];
    $build['#cache']['max-age'] = 0;
    return $build;
  }

  /**
   * {@inheritdoc}
   */
  public function buildHeader(): array {
    return [
      'label' => $this->t('Trigger'),
      'agent' => $this->t('Agent'),
      'when' => $this->t('Starts it'),
      'next' => $this->t('Next'),
      'last' => $this->t('Last'),
      'status' => $this->t('Status'),
    ] + parent::buildHeader();
  }

  /**
   * {@inheritdoc}
   */
  public function buildRow(EntityInterface $entity): array {
    assert($entity instanceof Trigger);
    return [
      'label' => $entity->label(),
      'agent' => ($this->agents[$entity->getAgentId()] ?? NULL)?->label() ?? $entity->getAgentId(),
      'when' => match ($entity->getType()) {
        'cron' => $this->cron($entity),
        'schedule' => $this->schedules->rule($entity),
        default => $this->content($entity),
      },
      'next' => $entity->getType() === 'schedule' && $entity->status() ? $this->schedules->next($entity, 1)[0] ?? $this->t('never again') : '',
      'last' => ['data' => $this->last($entity)],
      'status' => $this->status($entity),
    ] + parent::buildRow($entity);
  }

  /**
   * Whether it starts anything: its agent has to be enabled, too.
   */
  private function status(Trigger $trigger): mixed {
    return match (TRUE) {
      !$trigger->status() => $this->t('Disabled'),
      !($this->agents[$trigger->getAgentId()] ?? NULL)?->status() => $this->t('Starts nothing: its agent is disabled'),
      default => $this->t('Active'),
    };
  }

  /**
   * What came of the last due time, with its run.
   */
  private function last(Trigger $trigger): array {
    $last = $this->last[(string) $trigger->uuid()] ?? NULL;
    if ($last === NULL) {
      return [];
    }
    $text = $this->t('@when: @result', [
      '@when' => $this->dateFormatter->format((int) $last->due, 'short'),
      '@result' => $this->schedules->result($last->result),
    ]);
    return ['#plain_text' => (string) $text];
  }

  private function cron(Trigger $trigger): mixed {
    return $this->t('every @interval', ['@interval' => $this->dateFormatter->formatInterval((int) $trigger->getSettings()['interval'])]);
  }

  private function content(Trigger $trigger): mixed {
    $settings = $trigger->getSettings();
    $labels = $this->contentTypes->bundleLabels($settings['entity_type']);
    $bundles = array_intersect_key($labels, array_flip($settings['bundles']));
    $verbs = ['insert' => $this->t('added'), 'update' => $this->t('changed'), 'delete' => $this->t('deleted')];
    return $this->t('when @what is @verbs (@revisions)', [
      '@what' => $bundles === [] ? ($this->contentTypes->labels()[$settings['entity_type']] ?? $settings['entity_type']) : implode(', ', $bundles),
      '@verbs' => implode(', ', array_intersect_key($verbs, array_flip($settings['operations']))),
      '@revisions' => match ($settings['revisions']) {
        'published' => $this->t('published revisions'),
        'state_change' => $this->t('changes of the moderation state'),
        default => $this->t('any revision'),
      },
    ]);
  }

}
