<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The other agents that an agent may start, each as a tool of its model.
 *
 * @internal
 */
final class AgentsPart implements AgentFormPartInterface {

  use StringTranslationTrait;

  public const int MOST = 40;

  /**
   * So many agents are shown at once, beside those that are chosen.
   */
  private const int FOLDED = 8;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $named = $agent->getStartableAgents();
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple();
    $part = [
      '#title' => $this->t('Other agents'),
      '#weight' => 45,
      '#description' => $this->t('Agents that its runs may start. The model gets each as a tool, with its name, its description and its input. What they do for it, this agent and who asked for its run have to be allowed, too.'),
      'start' => ['#type' => 'container'],
    ];
    // Those that it may start come first; many others fold away.
    $others = array_diff_key($agents, $named);
    if (count($others) > self::FOLDED) {
      $part['start']['others'] = [
        '#type' => 'details',
        '#title' => $this->formatPlural(count($others), 'Another agent', '@count more agents'),
        '#open' => $named === [],
        '#weight' => 1,
      ];
    }
    foreach (array_intersect_key($agents, $named) + array_diff_key($named, $agents) + $others as $id => $other) {
      $element = $this->element((string) $id, $other instanceof Agent ? $other : NULL, $agent, $named[$id] ?? NULL);
      if (isset($part['start']['others'], $others[$id])) {
        $part['start']['others'][$id] = $element;
      }
      else {
        $part['start'][$id] = $element;
      }
    }
    if ($agents === [] && $named === []) {
      $part['start']['none'] = ['#markup' => $this->t('There is no other agent yet.')];
    }
    return $part;
  }

  /**
   * The choice for one agent.
   *
   * @param string $id
   *   Its id.
   * @param \Drupal\background_agents\Entity\Agent|null $other
   *   The agent; NULL: it does not exist.
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent of the form.
   * @param bool|null $wait
   *   Whether that waits for it; NULL: it may not start it.
   */
  private function element(string $id, ?Agent $other, Agent $agent, ?bool $wait): array {
    return [
      '#type' => 'select',
      '#title' => $this->title($id, $other, $agent),
      '#description' => $other === NULL ? $this->t('This agent does not exist.') : $this->t('@text', ['@text' => $other->getDescription()]),
      '#options' => [
        '' => $this->t('May not start it'),
        'wait' => $this->t('Starts it and waits for its answer'),
        'detach' => $this->t('Starts it and goes on without it'),
      ],
      '#default_value' => match ($wait) {
        NULL => '',
        TRUE => 'wait',
        FALSE => 'detach',
      },
      '#parents' => ['agents', 'start', $id],
    ];
  }

  /**
   * How an agent is called in the form.
   */
  private function title(string $id, ?Agent $other, Agent $agent): string|\Stringable {
    return match (TRUE) {
      $other === NULL => $id,
      $id === (string) $agent->id() => $this->t('@label (itself)', ['@label' => $other->label()]),
      !$other->status() => $this->t('@label (disabled)', ['@label' => $other->label()]),
      default => (string) $other->label(),
    };
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    if (count($this->chosen($form_state)) > self::MOST) {
      $form_state->setError($form['start'], $this->t('An agent may start at most @most others.', ['@most' => self::MOST]));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    $agents = [];
    foreach ($this->chosen($form_state) as $id => $way) {
      $agents[] = ['agent' => (string) $id, 'wait' => $way === 'wait'];
    }
    $binding = $agent->getBinding();
    unset($binding['agents']);
    $agent->set('binding', $binding + ($agents === [] ? [] : ['agents' => $agents]));
  }

  /**
   * The agents that were chosen.
   *
   * @return array<string, string>
   *   By id, wait or detach.
   */
  private function chosen(FormStateInterface $form_state): array {
    $ways = (array) $form_state->getValue(['agents', 'start']);
    $chosen = array_filter($ways, static fn (mixed $way): bool => in_array($way, ['wait', 'detach'], TRUE));
    ksort($chosen);
    return $chosen;
  }

}
