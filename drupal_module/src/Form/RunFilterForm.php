<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\RunFields;
use Drupal\background_agents\Ui\ReasonText;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Url;
use Symfony\Component\DependencyInjection\ContainerInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * Filters of the report of runs. A GET form: a filtered list has an address.
 *
 * @internal
 */
final class RunFilterForm extends FormBase {

  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  private const array KEYS = ['agent', 'state', 'trigger', 'from', 'to'];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ReasonText $reasonText,
    private readonly ModuleHandlerInterface $moduleHandler,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self($container->get('entity_type.manager'), $container->get(ReasonText::class), $container->get('module_handler'));
  }

  /**
   * The filters of a request.
   *
   * @return array<string, string>
   *   Those of agent, state, trigger, from and to (as Y-m-d) that are set.
   */
  public static function filters(Request $request): array {
    $filters = [];
    foreach (self::KEYS as $key) {
      $value = $request->query->all()[$key] ?? '';
      if (is_string($value) && trim($value) !== '') {
        $filters[$key] = trim($value);
      }
    }
    return $filters;
  }

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_run_filter';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state): array {
    $filters = self::filters($this->getRequest());
    $agents = array_map(static fn ($agent): string => (string) $agent->label(), $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple());
    asort($agents);
    $form['#method'] = 'get';
    $form['#action'] = Url::fromRoute('entity.background_agents_run.collection')->toString();
    $form['#token'] = FALSE;
    $form['#after_build'][] = [self::class, 'leaveOutInternals'];
    $form['#attributes']['class'][] = 'ba-filters';
    $form['agent'] = $this->select($this->t('Agent'), $agents, $filters['agent'] ?? NULL);
    $form['state'] = $this->select($this->t('State'), ['open' => $this->t('Not ended')] + $this->reasonText->states(), $filters['state'] ?? NULL);
    $form['trigger'] = $this->select($this->t('Started by'), $this->triggers($filters['trigger'] ?? ''), $filters['trigger'] ?? NULL);
    $form['from'] = ['#type' => 'date', '#title' => $this->t('From'), '#value' => $filters['from'] ?? ''];
    $form['to'] = ['#type' => 'date', '#title' => $this->t('To'), '#value' => $filters['to'] ?? ''];
    $form['actions'] = [
      '#type' => 'actions',
      'submit' => ['#type' => 'submit', '#value' => $this->t('Filter'), '#name' => ''],
    ];
    if ($filters !== []) {
      $form['actions']['reset'] = [
        '#type' => 'link',
        '#title' => $this->t('Show all'),
        '#url' => Url::fromRoute('entity.background_agents_run.collection'),
        '#attributes' => ['class' => ['button']],
      ];
    }
    return $form;
  }

  /**
   * The doors that runs can come by, and the one that is looked for.
   *
   * @return array<string, mixed>
   *   Labels by trigger type.
   */
  private function triggers(string $chosen): array {
    $doors = RunFields::openDoors($this->moduleHandler->moduleExists('background_agents_eca'));
    return $doors + array_intersect_key($this->reasonText->triggers(), [$chosen => TRUE]);
  }

  private function select(mixed $title, array $options, ?string $value): array {
    return [
      '#type' => 'select',
      '#title' => $title,
      '#options' => $options,
      '#empty_option' => $this->t('- Any -'),
      '#empty_value' => '',
      '#value' => isset($options[$value ?? '']) ? $value : '',
    ];
  }

  /**
   * After-build callback: the address needs no form ids.
   */
  public static function leaveOutInternals(array $form): array {
    unset($form['form_token'], $form['form_build_id'], $form['form_id']);
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {}

}
